import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { type Expectation, type ProducedMessage, Traffic } from '#traffic';
import type { Acknowledged } from './books.js';
import { bytesFingerprint } from '../../warehouses/fingerprint.js';

const TICK_MS = 100;
/** Of one request, so that what waited out an outage does not come as one lump. */
const MOST_MESSAGES = 200;
const SHARES = { bad: 0.03, tombstones: 0.01, unknown: 0.03 };

/** Produces at a steady rate, and notes each acknowledgement. */
export class LedgerProducer {
  readonly acknowledged: Acknowledged[] = [];
  /** What is to come of each value that was sent, acknowledged or not. */
  readonly expected = new Map<string, Expectation>();
  readonly #producer: Producer;
  readonly #traffic: Traffic;
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;
  #sent = 0;

  constructor(
    bootstrapServer: string,
    private readonly topic: string,
    private readonly partitions: number,
    private readonly rate: number,
    seed: number,
  ) {
    this.#traffic = new Traffic({ seed, shares: SHARES });
    const kafka = new Kafka({
      clientId: 'chaos-producer',
      brokers: bootstrapServer.split(','),
      logLevel: logLevel.NOTHING,
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    });
    // The same request again has the same sequence numbers: what was taken once is not taken twice.
    this.#producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  }

  async start(): Promise<void> {
    await this.#producer.connect();
    this.#running = this.#run();
  }

  /** Ends once what is under way is acknowledged. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#producer.disconnect();
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    while (!this.#stop.signal.aborted) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * this.rate) - this.#sent;
      if (due < 1) await sleep(TICK_MS);
      else await this.#send(Array.from({ length: Math.min(due, MOST_MESSAGES) }, () => this.#traffic.next()));
    }
  }

  /** Until it is acknowledged: an outage holds the producer, and loses nothing. */
  async #send(produced: readonly ProducedMessage[]): Promise<void> {
    const messages = produced.map(({ key, value, expected }) => {
      const bytes = bytesFingerprint(value);
      this.expected.set(bytes, expected);
      return { key, value, bytes, partition: this.#sent++ % this.partitions };
    });
    for (;;) {
      try {
        const answers = await this.#producer.send({
          topic: this.topic,
          acks: -1,
          messages: messages.map(({ key, value, partition }) => ({ key, value, partition })),
        });
        for (const { partition, baseOffset } of answers) {
          const sent = messages.filter((message) => message.partition === partition);
          sent.forEach(({ bytes }, index) => {
            this.acknowledged.push({ partition, offset: Number(baseOffset) + index, bytes });
          });
        }
        return;
      } catch {
        await sleep(TICK_MS);
      }
    }
  }
}
