import { randomUUID } from 'node:crypto';
import type { Consumer } from 'kafkajs';
import { RESULTS, resultTopic, type Result } from './result-topics.js';
import type { KafkaClient } from './source.js';

/** One row of a result: its fields as JSON values. */
export type ResultRow = Readonly<Record<string, string | number | null>>;

/** What the result topics say now. Reads them from their start, in a group of its own. */
export class Results {
  readonly #group: string;
  readonly #consumer: Consumer;
  readonly #rows = new Map<Result, Map<string, ResultRow>>(RESULTS.map((result) => [result, new Map()]));

  constructor(
    private readonly kafka: KafkaClient,
    private readonly topic: string,
  ) {
    this.#group = `${topic}_aggregations-view-${randomUUID()}`;
    this.#consumer = this.kafka.consumer({ groupId: this.#group, maxWaitTimeInMs: 500 });
  }

  async start(): Promise<void> {
    const results = new Map(RESULTS.map((result) => [resultTopic(this.topic, result), result]));
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...results.keys()], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, message: { key, value } }) => {
        const result = results.get(topic);
        if (result !== undefined && key !== null) this.#take(result, key.toString(), value);
      },
    });
  }

  rows(result: Result): ResultRow[] {
    return [...(this.#rows.get(result)?.values() ?? [])];
  }

  async stop(): Promise<void> {
    await this.#consumer.disconnect();
    const admin = this.kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      await admin.deleteGroups([this.#group]);
    } catch {
      // Brokers delete an empty group without offsets themselves, but later.
    } finally {
      await admin.disconnect();
    }
  }

  #take(result: Result, key: string, value: Buffer | null): void {
    const rows = this.#rows.get(result);
    if (value === null) rows?.delete(key);
    else rows?.set(key, JSON.parse(value.toString()) as ResultRow);
  }
}
