import { randomUUID } from 'node:crypto';
import type { Batch, DeadLetter, PartitionRange, StoredRow } from '#pipeline';
import { countStored, FaultError } from '#pipeline';
import { RAW_EVENTS_STREAM } from '../../tables.js';
import { checkpointTables, FIRST_TABLE } from '../checkpoints/checkpoint-tables.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { applySchema } from '../schema/apply-schema.js';
import { SnowflakeSession, type SnowflakeRow } from '../session/snowflake-session.js';
import { SnowflakeDeadLetterStore } from '../dead-letters/snowflake-dead-letter-store.js';
import { SnowflakeRepository } from '../writing/snowflake-repository.js';
import { CREATE_STAGING } from '../writing/statements.js';
import { must, NotTried } from './must.js';
import type { ScratchSchema } from './scratch-schema.js';

const TIMESTAMP_MS = Date.UTC(2026, 0, 1);

/** Changes to the default row, with content as text. */
export type RowChanges = Partial<Omit<StoredRow, 'content'>> & { content?: string };

/** The environment of one claim: its own topic in the scratch schema, and sessions that end with the claim. */
export class Scratch {
  readonly #opened: (() => Promise<unknown>)[] = [];
  #isClosed = false;

  constructor(
    readonly schema: ScratchSchema,
    readonly options: SnowflakeOptions,
    readonly topic: string,
  ) {}

  /** A session like the service's, with its staging table. */
  async session(over: Partial<SnowflakeOptions> = {}): Promise<SnowflakeSession> {
    const session = await SnowflakeSession.open({ ...this.options, ...over });
    await this.#keep(() => session.end());
    await session.execute(CREATE_STAGING);
    return session;
  }

  /** The adapter, opened. */
  async repository(over: Partial<SnowflakeOptions> = {}): Promise<SnowflakeRepository> {
    const repository = new SnowflakeRepository({ ...this.options, ...over });
    await this.#keep(() => repository.close());
    const [fault] = await repository.open();
    if (fault !== undefined) throw new FaultError(fault);
    return repository;
  }

  /** The adapter, opened, with checkpoints at 0 for partitions of the topic. */
  async owner(partitions = 1, over: Partial<SnowflakeOptions> = {}): Promise<SnowflakeRepository> {
    const repository = await this.repository(over);
    const starts = Array.from({ length: partitions }, (_, partition) => ({ ...this.place(partition) }));
    await repository.claim(starts.map((place) => ({ ...place, startOffset: 0 })));
    return repository;
  }

  /** Runs the work with more checkpoint tables, and drops those afterwards. */
  async withTables<T>(count: number, work: () => Promise<T>): Promise<T> {
    await applySchema(this.options, { ...this.options, checkpointTables: count });
    try {
      return await work();
    } finally {
      const added = checkpointTables(count).slice(1);
      await this.schema.execute(...added.map(({ name }) => `DROP TABLE ${this.options.schema}.${name}`));
    }
  }

  /**
   * Runs the work with the checkpoints in a hybrid table, and moves them back.
   *
   * @throws NotTried if the account has no hybrid tables
   */
  async withHybrid<T>(work: () => Promise<T>): Promise<T> {
    try {
      await applySchema(this.options, { ...this.options, checkpoints: 'hybrid' });
    } catch (error) {
      if (error instanceof FaultError) throw new NotTried(error.fault.message);
      throw error;
    }
    try {
      return await work();
    } finally {
      // A move back waits for every row: what the claim left open must end first.
      await Promise.all(this.#opened.splice(0).map((close) => close()));
      await applySchema(this.options, { ...this.options, checkpoints: 'standard' });
    }
  }

  async deadLetters(): Promise<SnowflakeDeadLetterStore> {
    const store = new SnowflakeDeadLetterStore(this.options);
    const [fault] = await store.open();
    await this.#keep(() => store.close());
    if (fault !== undefined) throw new FaultError(fault);
    return store;
  }

  /** Runs a query in a session of its own, which sees only what is committed. */
  async query(sql: string, binds: string[] = []): Promise<SnowflakeRow[]> {
    const session = await SnowflakeSession.open(this.options);
    try {
      return await session.query(sql, binds);
    } finally {
      await session.end();
    }
  }

  /** The topic's committed events, by partition and offset. */
  async events(): Promise<SnowflakeRow[]> {
    return this.query(
      `SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA, EVENT_CONTENT, INGESTION_TIME
       FROM ${RAW_EVENTS_STREAM.name} WHERE EVENT_METADATA:topic::VARCHAR = ?
       ORDER BY EVENT_METADATA:partition::INTEGER, EVENT_METADATA:offset::INTEGER`,
      [this.topic],
    );
  }

  /** NEXT_OFFSET of the topic's checkpoints in a table, by partition. */
  async checkpoints(table = FIRST_TABLE): Promise<number[]> {
    const rows = await this.query(`SELECT NEXT_OFFSET FROM ${table} WHERE TOPIC = ? ORDER BY "PARTITION"`, [
      this.topic,
    ]);
    return rows.map((row) => Number(row['NEXT_OFFSET']));
  }

  /** Writes a batch that must be stored. Returns the seconds that it took. */
  async store(repository: SnowflakeRepository, batch: Batch): Promise<number> {
    const result = await repository.write(batch);
    if (result.kind === 'fault') throw new FaultError(result.fault);
    must(result.kind === 'stored', `the result of a batch is ${result.kind}`);
    return result.seconds;
  }

  row(offset: number, over: RowChanges = {}, partition = 0): StoredRow {
    const { content = JSON.stringify({ event_type: 'ORDER_CREATED', offset }), ...rest } = over;
    const place = { ...this.place(partition), offset, timestampMs: TIMESTAMP_MS + offset };
    return {
      message: { ...place, key: null, headers: {} },
      eventType: 'ORDER_CREATED',
      label: 'ORDER_CREATED',
      productId: 1001,
      customerId: 7,
      content: Buffer.from(content),
      redriveId: null,
      ...rest,
    };
  }

  letter(offset: number, value: Buffer): DeadLetter {
    return {
      message: {
        ...this.place(0),
        offset,
        timestampMs: TIMESTAMP_MS + offset,
        key: Buffer.from('key'),
        value,
        headers: { source_service: Buffer.from('shop') },
      },
      errorType: 'invalid_schema',
      reason: 'quantity is missing',
      details: [
        { field: 'quantity', rule: 'isInt', expected: 'an integer of at least 1', actualType: 'absent' },
      ],
      eventType: 'ORDER_CREATED',
      label: 'ORDER_CREATED',
      attempt: 1,
      failedAtMs: TIMESTAMP_MS,
    };
  }

  range(from: number, to: number, partition = 0): PartitionRange {
    const none = { deadLettered: 0, skipped: 0, gaps: 0, lost: 0 };
    return {
      ...this.place(partition),
      from,
      to,
      stored: to - from,
      ...none,
      lastTimestampMs: TIMESTAMP_MS + to - 1,
    };
  }

  /** A batch of these rows and letters, at consecutive offsets from `from` in partition 0. */
  batch(from: number, rows: StoredRow[], deadLetters: DeadLetter[] = []): Batch {
    const to = from + rows.length + deadLetters.length;
    const range = { ...this.range(from, to), stored: rows.length, deadLettered: deadLetters.length };
    const storedCounts = countStored(rows);
    return {
      id: randomUUID(),
      rows,
      storedCounts,
      deadLetters,
      ranges: [range],
      bytes: 0,
      openedAtMs: TIMESTAMP_MS,
    };
  }

  /** Ends what was opened; a claim that is still running can open nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#opened.splice(0).map((close) => close()));
  }

  async #keep(close: () => Promise<unknown>): Promise<void> {
    this.#opened.push(close);
    if (!this.#isClosed) return;
    await this.close();
    throw new NotTried('interrupted');
  }

  private place(partition: number): { topic: string; partition: number } {
    return { topic: this.topic, partition };
  }
}
