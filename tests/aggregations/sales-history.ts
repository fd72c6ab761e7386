import { Kafka, logLevel } from 'kafkajs';
import { produce, type NewMessage } from '#testing';
import { Random, Traffic } from '#traffic';
import { ExpectedTotals } from './expected-totals.js';

const HOUR_MS = 3_600_000;
const DUPLICATE_SHARE = 0.05;
const FILLED_PARTITIONS = 3;

/**
 * Events of a day's trade on a topic, and the totals that they must give: good, bad, unknown and repeated ones, tombstones
 * and aborted transactions. The last partition stays empty.
 */
export class SalesHistory {
  readonly #expected = new ExpectedTotals();
  readonly #sent: NewMessage[] = [];
  readonly #random = new Random(1);
  readonly #traffic: Traffic;
  #nowMs: number;

  constructor(
    private readonly bootstrap: string,
    private readonly topic: string,
    beginMs = Date.UTC(2026, 9, 24, 8, 15),
  ) {
    this.#nowMs = beginMs;
    this.#traffic = new Traffic({
      seed: 2,
      shares: { bad: 0.05, tombstones: 0.01, unknown: 0.02 },
      now: () => this.#nowMs,
    });
  }

  get totals() {
    return this.#expected.totals;
  }

  /** The hours that have ended before the last events. */
  get endedHours() {
    const last = new Date(this.#nowMs).toISOString().slice(0, 13);
    return Object.fromEntries(Object.entries(this.totals.revenue).filter(([key]) => key.slice(0, 13) < last));
  }

  /** Sends events whose times go on evenly over this many hours. */
  async trade(count: number, hours: number): Promise<void> {
    const messages: NewMessage[] = [];
    for (let sent = 0; sent < count; sent++) {
      this.#nowMs += (hours * HOUR_MS) / count;
      messages.push(this.#random.chance(DUPLICATE_SHARE) ? this.#repeated() : this.#next());
    }
    await produce(this.bootstrap, this.topic, messages);
  }

  /** Sends events whose times are this many hours back. */
  async tradeLate(count: number, hours: number): Promise<void> {
    const nowMs = this.#nowMs;
    this.#nowMs -= hours * HOUR_MS;
    await produce(
      this.bootstrap,
      this.topic,
      Array.from({ length: count }, () => this.#next()),
    );
    this.#nowMs = nowMs;
  }

  /** Sends events in a transaction, and leaves them without effect. Returns what aborts it. */
  async beginTransaction(count: number): Promise<() => Promise<void>> {
    const kafka = new Kafka({ brokers: [this.bootstrap], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({
      transactionalId: `${this.topic}-test`,
      // It stays open while Flink starts.
      transactionTimeout: 900_000,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    const messages = Array.from({ length: count }, () => this.#traffic.next()).map(({ key, value }) => ({
      key,
      value,
      partition: partitionOf(key),
    }));
    await transaction.send({ topic: this.topic, messages });
    return async () => {
      await transaction.abort();
      await producer.disconnect();
    };
  }

  #next(): NewMessage {
    const { kind, expected, key, value } = this.#traffic.next();
    const message = { key, value, partition: partitionOf(key) };
    if (expected === 'stored' && kind !== 'unknown_type' && value !== null) {
      this.#expected.add(value);
      this.#sent.push(message);
    }
    return message;
  }

  /** An earlier event again, in other words: with its id in upper case and another price. */
  #repeated(): NewMessage {
    if (this.#sent.length === 0) return this.#next();
    const original = this.#random.pick(this.#sent);
    const event = JSON.parse(String(original.value)) as Record<string, unknown>;
    for (const field of ['order_line_id', 'event_id']) {
      if (typeof event[field] === 'string') event[field] = event[field].toUpperCase();
    }
    if ('total_price' in event) event['total_price'] = 1_000_000;
    return { ...original, value: JSON.stringify(event) };
  }
}

function partitionOf(key: string): number {
  return parseInt(key.slice(0, 2), 16) % FILLED_PARTITIONS;
}
