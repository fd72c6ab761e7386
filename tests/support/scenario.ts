import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type CompressionTypes, type Message } from 'kafkajs';
import { createTopic, freePort, groupOffsets, logEnds, uniqueTopic, withDuckDbFile } from '#testing';
import { Ingester } from './ingester.js';

/** The broker that all system tests share. */
export const BOOTSTRAP = process.env['TEST_KAFKA_BOOTSTRAP'] ?? '';

/** Values of a row as JSON; numbers that may have 64 bits are text. */
export type Row = Record<string, string | null>;

/** A topic, a dead-letter topic, a group and a DuckDB file for one test, and services that use them. */
export class Scenario {
  readonly #ingesters: Ingester[] = [];

  private constructor(
    readonly topic: string,
    readonly group: string,
    readonly folder: string,
    readonly kafka: Kafka,
    readonly bootstrap: string,
  ) {}

  static async create(
    name: string,
    {
      partitions = 1,
      config = {},
      bootstrap = BOOTSTRAP,
    }: { partitions?: number; config?: Record<string, string>; bootstrap?: string } = {},
  ): Promise<Scenario> {
    const topic = uniqueTopic(name);
    await createTopic(bootstrap, topic, { partitions, config });
    await createTopic(bootstrap, `${topic}_dlq`, { partitions: 1 });
    const folder = await mkdtemp(join(tmpdir(), 'ingestion-'));
    const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
    return new Scenario(topic, `${topic}-group`, folder, kafka, bootstrap);
  }

  get deadLetterTopic(): string {
    return `${this.topic}_dlq`;
  }

  get duckdbPath(): string {
    return join(this.folder, 'warehouse.duckdb');
  }

  /** The configuration of a service, except for its port. */
  get env(): Record<string, string> {
    return {
      KAFKA_BOOTSTRAP_SERVER: this.bootstrap,
      KAFKA_TOPIC_NAME: this.topic,
      KAFKA_GROUP_ID: this.group,
      // A killed member is detected after six seconds, the minimum that brokers allow by default.
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      KAFKA_HEARTBEAT_INTERVAL_MS: '1000',
      KAFKA_LAG_INTERVAL_MS: '300',
      WAREHOUSE: 'duckdb',
      DUCKDB_PATH: this.duckdbPath,
      BATCH_MAX_WAIT_MS: '300',
      METRICS_HOST: '127.0.0.1',
      LOG_FORMAT: 'json',
    };
  }

  /** Sends messages and waits for all replicas. */
  async produce(
    messages: (Message & { partition?: number })[],
    options: { compression?: CompressionTypes } = {},
  ): Promise<void> {
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      // A request whose response is late is sent again, but must not be stored twice.
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    try {
      // One partition at a time: of several, kafkajs may silently drop one whose leader moves.
      for (const own of Map.groupBy(messages, ({ partition }) => partition).values()) {
        await producer.send({ topic: this.topic, acks: -1, messages: own, ...options });
      }
    } finally {
      await producer.disconnect();
    }
  }

  /** Starts the built service with only its environment; resolves when it is ready. */
  async startIngester(env: Record<string, string> = {}): Promise<Ingester> {
    const ingester = await this.launchIngester(env);
    await ingester.untilReady();
    return ingester;
  }

  /** The same without waiting for it. */
  async launchIngester(env: Record<string, string> = {}, options: { root?: string } = {}): Promise<Ingester> {
    const port = await freePort();
    const ingester = new Ingester(port, { ...this.env, METRICS_PORT: String(port), ...env }, options);
    this.#ingesters.push(ingester);
    return ingester;
  }

  get lakeFolder(): string {
    return join(this.folder, 'lake');
  }

  get lakeGroup(): string {
    return `${this.group}-lake`;
  }

  /** Starts the built archiver; resolves when it is ready. */
  async startArchiver(env: Record<string, string> = {}): Promise<Ingester> {
    const archiver = await this.launchArchiver(env);
    await archiver.untilReady();
    return archiver;
  }

  /** The same without waiting for it. */
  async launchArchiver(env: Record<string, string> = {}): Promise<Ingester> {
    const port = await freePort();
    const lake = {
      LAKE_LOCATION: this.lakeFolder,
      LAKE_GROUP_ID: this.lakeGroup,
      LAKE_MAX_WAIT_MS: '300',
      METRICS_PORT: String(port),
    };
    const archiver = new Ingester(port, { ...this.env, ...lake, ...env }, {}, 'archiver');
    this.#ingesters.push(archiver);
    return archiver;
  }

  /** Queries the DuckDB file. The service must have ended, as it locks the file. */
  async query(sql: string): Promise<Row[]> {
    return withDuckDbFile(this.duckdbPath, 'READ_ONLY', async (connection) => {
      const reader = await connection.runAndReadAll(sql);
      return reader
        .getRowObjectsJson()
        .map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([name, value]) => [name, value === null ? null : textOf(value)]),
          ),
        );
    });
  }

  /** The group's committed offsets by partition. */
  committedOffsets(): Promise<Map<number, number>> {
    return groupOffsets(this.bootstrap, this.group, this.topic);
  }

  /**
   * Waits until an ingester has committed the end of the log as it is now.
   * The lag alone does not tell: the gauge follows with a delay, and is absent at first.
   */
  untilSettled(ingester: Ingester): Promise<void> {
    return this.#untilCommitted(ingester, this.group);
  }

  /** The same for an archiver. */
  untilArchived(archiver: Ingester): Promise<void> {
    return this.#untilCommitted(archiver, this.lakeGroup);
  }

  async #untilCommitted(service: Ingester, group: string): Promise<void> {
    const ends = await logEnds(this.bootstrap, this.topic);
    await service.until(`${group} committed ${JSON.stringify([...ends])}`, async () => {
      const committed = await groupOffsets(this.bootstrap, group, this.topic);
      return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) >= end);
    });
  }

  async cleanUp(): Promise<void> {
    for (const ingester of this.#ingesters) await ingester.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
