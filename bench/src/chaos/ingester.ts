import { exitText, jump, JUMPING_CLOCK, runService, type Exit, type ServiceProcess } from '#testing';

/** An ingester process of the run. */
export class Ingester {
  readonly url: string;
  readonly #process: ServiceProcess;
  /** A signal of ours has ended it, or will. */
  #isToEnd = false;
  isFrozen = false;

  /**
   * @param onLine is given each line that it writes
   * @param onEnd is called where it ended by itself, in words
   */
  constructor(
    port: number,
    env: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
    onEnd: (how: string) => void,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.#process = runService(
      'dist/apps/ingester/src/main.js',
      { ...JUMPING_CLOCK, ...env, METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port), LOG_FORMAT: 'json' },
      { onLine },
    );
    void this.#process.exited.then((exit) => {
      if (!this.#isToEnd) onEnd(`${exitText(exit)}: ${this.#lastWords()}`);
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** One that has not is still being loaded, and any signal ends it. */
  get hasSpoken(): boolean {
    return this.#process.lines.length > 0;
  }

  async kill(): Promise<void> {
    this.#isToEnd = true;
    await this.#process.kill();
  }

  async terminate(): Promise<Exit> {
    this.#isToEnd = true;
    return this.#process.stop('SIGTERM');
  }

  freeze(): void {
    this.isFrozen = true;
    this.#process.signal('SIGSTOP');
  }

  thaw(): void {
    this.isFrozen = false;
    this.#process.signal('SIGCONT');
  }

  setClock(): void {
    jump(this.#process);
  }

  async isReady(): Promise<boolean> {
    return (await this.#get('/health')).status === 200;
  }

  /** Why its liveness probe fails, as it answers it; null where it does not, or nobody answers. */
  async notAlive(): Promise<string | null> {
    try {
      const { status, body } = await this.#get('/health/live');
      return status === 503 ? body : null;
    } catch {
      return null;
    }
  }

  async #get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.text() };
  }

  #lastWords(): string {
    return (
      this.#process.lines.findLast((line) => line.includes('"level":"error"')) ?? this.#process.lastLines(1)
    );
  }
}
