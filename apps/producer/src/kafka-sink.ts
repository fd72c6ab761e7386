import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import type { Message, Producer } from 'kafkajs';
import { brokersAt } from '#kafka';
import type { Sink } from './produce.js';
import type { ProducedMessage } from '#traffic';

const CONNECTION_TIMEOUT_MS = 3000;
const RETRIES = 3;
const WAIT_MS = 500;

/**
 * Sends to a topic; acknowledged means that all in-sync replicas have the messages. The producer is idempotent,
 * so a message that had to be sent twice is in the topic once, and the summary's counts are the topic's.
 */
export class KafkaSink implements Sink {
  readonly #producer: Producer;
  /** The partition of each record that is being sent. */
  readonly #partitions = new WeakMap<Message, number>();
  #hasAcknowledged = false;
  #trouble: string | null = null;
  #isClosed = false;

  constructor(
    private readonly topic: string,
    private readonly bootstrapServers: string[],
  ) {
    const kafka = new Kafka({
      clientId: 'sales-events-producer',
      ...brokersAt(bootstrapServers),
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      retry: { initialRetryTime: 200, retries: RETRIES },
      logLevel: logLevel.NOTHING,
    });
    this.#producer = kafka.producer({
      idempotent: true,
      retry: { retries: RETRIES },
      createPartitioner: () => {
        const partition = Partitioners.DefaultPartitioner();
        return (given) => {
          const chosen = partition(given);
          this.#partitions.set(given.message, chosen);
          return chosen;
        };
      },
    });
  }

  /** Why messages wait at the moment; null while they get through. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** @throws BrokerError */
  async connect(): Promise<void> {
    try {
      await this.#producer.connect();
    } catch (error) {
      throw new BrokerError(
        `No Kafka broker responds at ${this.bootstrapServers.join(', ')} (${rootCause(error).message}). ` +
          'Start one, or name another with --bootstrap or KAFKA_BOOTSTRAP_SERVER.',
      );
    }
  }

  /**
   * Waits out an outage of the broker: the same batch again has the same sequence numbers.
   *
   * @throws BrokerError where waiting does not help, or nothing ever got through
   */
  async send(messages: readonly ProducedMessage[]): Promise<void> {
    let records: Message[] = messages.map(({ key, value }) => ({ key, value }));
    while (records.length > 0) {
      try {
        const acknowledged = await this.#producer.send({ topic: this.topic, messages: records, acks: -1 });
        this.#hasAcknowledged = true;
        this.#trouble = null;
        // kafkajs may leave a partition out and still succeed: see docs/kafkajs-findings.md.
        const partitions = new Set(acknowledged.map(({ partition }) => partition));
        const left = records.filter((record) => !partitions.has(this.#partitions.get(record) ?? -1));
        if (acknowledged.length === 0) await this.#reconnect();
        records = left;
      } catch (error) {
        const cause = rootCause(error);
        if (!this.#hasAcknowledged || cause.retriable === false || this.#isClosed) {
          throw new BrokerError(`Kafka refuses messages for topic ${this.topic}: ${cause.message}`);
        }
        this.#trouble = cause.message;
        await sleep(WAIT_MS);
      }
    }
  }

  async #reconnect(): Promise<void> {
    await this.#producer.disconnect();
    await this.#producer.connect();
  }

  /** Ends waiting, too. */
  async disconnect(): Promise<void> {
    this.#isClosed = true;
    await this.#producer.disconnect();
  }
}

/** The broker fails us. The message is for people. */
export class BrokerError extends Error {
  override name = 'BrokerError';
}

/** kafkajs wraps what happened in "retries exceeded" and "not retriable"; the innermost error says what it was. */
function rootCause(error: unknown): { message: string; retriable?: unknown } {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause : { message: String(cause) };
}
