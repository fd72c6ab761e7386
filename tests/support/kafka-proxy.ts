import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export const JOIN_GROUP = 11;
export const HEARTBEAT = 12;

/** Type, version and correlation id: the start of every Kafka request. */
export interface RequestHead {
  type: number;
  version: number;
  correlationId: number;
}

/** What happens to a request: it is forwarded, breaks every connection, or gets this in place of the broker's response. */
export type Treatment = 'pass' | 'reset-all' | Buffer;

/** Stands between clients and a broker that advertises the proxy's port. */
export class KafkaProxy {
  /** Called for each request. */
  treat: (request: RequestHead) => Treatment = () => 'pass';
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly brokerPort: number,
  ) {}

  static async start(brokerPort: number): Promise<KafkaProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new KafkaProxy(server, brokerPort);
    server.on('connection', (client) => {
      proxy.#accept(client);
    });
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Existing connections stay open but carry nothing; new ones work. */
  silence(isSilent: boolean): void {
    for (const socket of this.#sockets) {
      if (isSilent) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    this.#resetAll();
    this.server.close();
    await once(this.server, 'close');
  }

  #accept(client: Socket): void {
    const broker = connect(this.brokerPort, '127.0.0.1');
    const frames = new Frames();
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    broker.on('data', (bytes) => client.write(bytes));
    client.on('data', (bytes) => {
      for (const frame of frames.add(bytes)) this.#request(frame, client, broker);
    });
  }

  #request(frame: Buffer, client: Socket, broker: Socket): void {
    const treatment = this.treat({
      type: frame.readInt16BE(4),
      version: frame.readInt16BE(6),
      correlationId: frame.readInt32BE(8),
    });
    if (treatment === 'pass') broker.write(frame);
    else if (treatment === 'reset-all') this.#resetAll();
    else client.write(treatment);
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The response to a failed heartbeat. */
export function heartbeatRefused({ version, correlationId }: RequestHead, errorCode: number): Buffer {
  const throttle = version >= 1 ? 4 : 0;
  const response = Buffer.alloc(4 + 4 + throttle + 2);
  response.writeInt32BE(response.length - 4, 0);
  response.writeInt32BE(correlationId, 4);
  response.writeInt16BE(errorCode, 8 + throttle);
  return response;
}

/** Reassembles requests that arrive in pieces. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  *add(bytes: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 4) {
      const end = 4 + this.#rest.readInt32BE(0);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      yield frame;
    }
  }
}
