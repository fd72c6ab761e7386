/** Servers of a suite, which end in the reverse order of their start. */
export class Started {
  readonly #servers: { stop(): Promise<void> }[] = [];

  async keep<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
    const server = await starting;
    this.#servers.unshift(server);
    return server;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) await server.stop();
  }
}
