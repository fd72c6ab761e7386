import type { SimulatedProcess } from '../time/simulated-process.js';
import { theWorld } from '../time/world.js';
import type { Reply } from './group-requests.js';
import { errors } from './kafkajs-inside.js';

/** How long kafkajs waits for a response: `requestTimeout` of the product's client. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What a connection sees of its cluster. */
interface Network {
  readonly connections: Set<Connection>;
  readonly slowMs: number;
  readonly throttleMs: number;
}

interface Pending {
  settle: (error: Error | null, value?: object) => void;
}

/** A TCP connection of a process to a broker, which handles requests one at a time, in order. */
export class Connection {
  isClosed = false;
  /** Accepts everything and delivers nothing. */
  isBlackHole = false;
  readonly #queue: (() => void)[] = [];
  readonly #pending = new Set<Pending>();
  #isBusy = false;

  constructor(
    readonly process: SimulatedProcess | null,
    readonly node: number,
    private readonly cluster: Network,
  ) {
    cluster.connections.add(this);
  }

  /**
   * Resolves to what the broker returns.
   *
   * @param handle the broker's handler
   */
  request(name: string, handle: (reply: Reply) => void, timeoutMs = REQUEST_TIMEOUT_MS): Promise<object> {
    const world = theWorld();
    const { promise, resolve, reject } = Promise.withResolvers<object>();
    const pending: Pending = {
      settle: (error, value = {}) => {
        this.#pending.delete(pending);
        timer.isCancelled = true;
        if (error === null) resolve(value);
        else reject(error);
      },
    };
    const timer = world.after(
      timeoutMs,
      () => {
        world.tell(`${name}: no answer from broker ${this.node} within ${timeoutMs / 1000} s`);
        pending.settle(this.#timedOut(name));
        // The product makes real connections do the same.
        this.close();
      },
      this.process,
    );
    if (this.isClosed) {
      this.#breakOff(pending);
      return promise;
    }
    this.#pending.add(pending);
    world.after(
      this.#latency(),
      () => {
        if (this.isClosed || this.isBlackHole) return;
        this.#queue.push(() => {
          this.#answer(handle, pending);
        });
        this.#serve();
      },
      null,
    );
    return promise;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.cluster.connections.delete(this);
    for (const pending of this.#pending) this.#breakOff(pending);
  }

  #answer(handle: (reply: Reply) => void, pending: Pending): void {
    const world = theWorld();
    let isAnswered = false;
    const reply: Reply = (error, value) => {
      if (isAnswered) return;
      isAnswered = true;
      world.as(null, () => {
        this.#isBusy = false;
        this.#serve();
        const isLost = this.isBlackHole;
        const arrive = () => {
          if (!isLost && !this.isClosed) pending.settle(error, value);
        };
        world.after(this.cluster.throttleMs + this.#latency(), arrive, this.process);
      });
    };
    world.as(this.process, () => {
      handle(reply);
    });
  }

  #serve(): void {
    if (this.#isBusy || this.isClosed) return;
    const next = this.#queue.shift();
    if (next === undefined) return;
    this.#isBusy = true;
    next();
  }

  #latency(): number {
    const { random } = theWorld();
    const { slowMs } = this.cluster;
    return 0.2 + random.next() * 3 + (slowMs > 0 ? random.exponential(slowMs) : 0);
  }

  #breakOff(pending: Pending): void {
    const closed = new errors.KafkaJSConnectionClosedError('Closed connection', {
      host: `b${this.node}`,
      port: 9092,
    });
    theWorld().after(
      0.1,
      () => {
        pending.settle(closed);
      },
      this.process,
    );
  }

  #timedOut(name: string): Error {
    return new errors.KafkaJSRequestTimeoutError(`Request ${name} timed out`, {
      broker: `b${this.node}:9092`,
      clientId: 'simulated',
      correlationId: 0,
      createdAt: 0,
      sentAt: 0,
      pendingDuration: 0,
    });
  }
}
