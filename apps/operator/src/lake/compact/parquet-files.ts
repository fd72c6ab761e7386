import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { isTime, type Message } from '#pipeline';
import type { CompactedEvent } from './compacted-event.js';
import { OTHER, type ColumnType, type EventColumn } from './event-columns.js';

/** The rows of one event type and day. */
export interface ParquetFile {
  eventType: string;
  day: string;
  rows: number;
  content: Buffer;
}

const MEMORY = '512MiB';
const OTHER_COLUMNS: EventColumn[] = [
  { name: 'product_id', type: 'BIGINT' },
  { name: 'customer_id', type: 'BIGINT' },
];

interface Table {
  name: string;
  columns: readonly EventColumn[];
  appender: DuckDBAppender;
}

/** Collects events in a DuckDB file of its own, and writes them as Parquet by event type and day. */
export class ParquetFiles {
  readonly #tables = new Map<string, Table>();

  private constructor(
    private readonly folder: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly toTime: (ms: number) => Parameters<DuckDBAppender['appendTimestampTZ']>[0],
  ) {}

  static async create(columns: ReadonlyMap<string, readonly EventColumn[]>): Promise<ParquetFiles> {
    const { DuckDBInstance, DuckDBTimestampTZValue } = await import('@duckdb/node-api');
    const folder = await mkdtemp(join(tmpdir(), 'lake-compact-'));
    const instance = await DuckDBInstance.create(join(folder, 'events.duckdb'), { memory_limit: MEMORY });
    const connection = await instance.connect();
    const toTime = (ms: number) => new DuckDBTimestampTZValue(BigInt(ms) * 1000n);
    const files = new ParquetFiles(folder, instance, connection, toTime);
    for (const [index, [eventType, own]] of [...columns, [OTHER, OTHER_COLUMNS] as const].entries())
      await files.#createTable(`events_${index}`, eventType, own);
    return files;
  }

  add(
    { topic, partition, offset, timestampMs }: Message,
    eventType: string | null,
    event: CompactedEvent,
  ): void {
    const table = this.#tables.get(event.folder);
    if (table === undefined) throw new Error(`there is no table for ${event.folder}`);
    const { appender, columns } = table;
    appender.appendVarchar(event.day);
    appender.appendVarchar(topic);
    appender.appendInteger(partition);
    appender.appendBigInt(BigInt(offset));
    appender.appendBigInt(BigInt(timestampMs));
    if (isTime(timestampMs)) appender.appendTimestampTZ(this.toTime(timestampMs));
    else appender.appendNull();
    for (const text of [event.key, event.keyEncoding, eventType]) append(appender, 'VARCHAR', text);
    for (const [index, { type }] of columns.entries()) append(appender, type, event.values[index] ?? null);
    append(appender, 'VARCHAR', event.otherFields);
    appender.endRow();
  }

  /** Yields the files in the order of their names. */
  async *written(): AsyncGenerator<ParquetFile> {
    for (const [eventType, { name, appender }] of this.#tables) {
      appender.flushSync();
      const days = await this.connection.runAndReadAll(
        `SELECT day, count(*)::INTEGER AS "rows" FROM ${name} GROUP BY day ORDER BY day`,
      );
      for (const { day, rows } of days.getRowObjectsJson() as { day: string; rows: number }[]) {
        const path = join(this.folder, 'file.parquet');
        await this.connection.run(
          `COPY (SELECT * EXCLUDE (day) FROM ${name} WHERE day = '${day}' ORDER BY kafka_partition, kafka_offset)
           TO '${path}' (FORMAT parquet, COMPRESSION zstd)`,
        );
        yield { eventType, day, rows, content: await readFile(path) };
      }
    }
  }

  async close(): Promise<void> {
    for (const { appender } of this.#tables.values()) appender.closeSync();
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #createTable(name: string, eventType: string, columns: readonly EventColumn[]): Promise<void> {
    const own = columns.map((column) => `"${column.name}" ${column.type}, `).join('');
    await this.connection.run(
      `CREATE TABLE ${name} (day VARCHAR, kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT,
         kafka_timestamp_ms BIGINT, kafka_timestamp TIMESTAMPTZ, kafka_key VARCHAR, kafka_key_encoding VARCHAR,
         event_type VARCHAR, ${own}other_fields VARCHAR)`,
    );
    this.#tables.set(eventType, { name, columns, appender: await this.connection.createAppender(name) });
  }
}

function append(appender: DuckDBAppender, type: ColumnType, value: string | number | boolean | null): void {
  if (value === null) appender.appendNull();
  else if (typeof value === 'string') appender.appendVarchar(value);
  else if (typeof value === 'boolean') appender.appendBoolean(value);
  else if (type === 'BIGINT') appender.appendBigInt(BigInt(value));
  else appender.appendDouble(value);
}
