import { freePort, KafkaBroker } from '#testing';
import { TcpProxy } from './tcp-proxy.js';

/** One broker that clients reach through a proxy. */
export class ProxiedBroker {
  private constructor(
    readonly broker: KafkaBroker,
    readonly proxy: TcpProxy,
  ) {}

  /** @throws as {@link KafkaBroker.start} */
  static async start(dataDir: string): Promise<ProxiedBroker> {
    const port = await freePort();
    const proxy = await TcpProxy.listen(port);
    const advertised = { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` };
    return new ProxiedBroker(await KafkaBroker.start({ dataDir, port, extra: advertised }), proxy);
  }

  get bootstrapServers(): string {
    return `127.0.0.1:${this.proxy.port}`;
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.proxy.close();
  }
}
