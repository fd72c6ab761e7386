import type { EventRepository, WriteResult } from '#pipeline';
import {
  INGESTION_CHECKPOINTS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  type RowRestorer,
  type Table,
} from '#warehouse';
import { GROUP } from './batches.js';

/**
 * A row in the form that the contract compares, by upper-case column name: integers as numbers, JSON and objects as JSON
 * text, timestamps as epoch milliseconds.
 */
export type WarehouseRow = Record<string, string | number | null>;

/** A database of its own, with the tables in place or created by the first repository that opens. */
export interface ContractWarehouse {
  /** A repository with its own connection, not yet opened. All repositories of a warehouse share its tables. */
  repository(consumerGroup: string): EventRepository;
  /** A restorer with its own connection, not yet opened. */
  restorer(): RowRestorer;
  /** All committed rows, in any order. Only checkpoints of consumer groups, not lock rows. */
  rows(table: Table): Promise<WarehouseRow[]>;
  /** Runs a statement as the tables' owner. */
  execute(sql: string): Promise<void>;
  /** Duplicates every checkpoint row, if necessary around the engine's own guards. */
  doubleCheckpoints(): Promise<void>;
  close(): Promise<void>;
}

/** The subject of the contract. */
export interface ContractEngine<Warehouse extends ContractWarehouse = ContractWarehouse> {
  start(): Promise<Warehouse>;
  /** Whether a primary key makes two checkpoints of a partition impossible. */
  keepsOneCheckpoint?: boolean;
  /**
   * Whether rows are stored before their checkpoint moves, and a claim ends the ownership of any other process, instead of
   * one transaction that compares the checkpoint.
   */
  writesInParts?: boolean;
  /** Whether EVENT_CONTENT keeps the producer's text, or only the JSON value. */
  contentKept: 'text' | 'value';
  /** A text that JSON.parse accepts and the engine refuses; null if there is none. */
  refusedContent: string | null;
}

/** One warehouse per test, and the repositories that the test opened on it. */
export class Fixture<Warehouse extends ContractWarehouse = ContractWarehouse> {
  #warehouse: Warehouse | null = null;
  readonly #opened: { close(): Promise<void> }[] = [];

  constructor(readonly engine: ContractEngine<Warehouse>) {
    beforeEach(async () => {
      this.#warehouse = await engine.start();
    });
    afterEach(async () => {
      await Promise.all(this.#opened.splice(0).map((repository) => repository.close()));
      await this.warehouse.close();
      this.#warehouse = null;
    });
  }

  get warehouse(): Warehouse {
    if (this.#warehouse === null) throw new Error('There is a warehouse only while a test runs');
    return this.#warehouse;
  }

  /** A repository that is not yet opened, and is closed after the test. */
  repository(consumerGroup = GROUP): EventRepository {
    const repository = this.warehouse.repository(consumerGroup);
    this.#opened.push(repository);
    return repository;
  }

  async open(consumerGroup = GROUP): Promise<EventRepository> {
    const repository = this.repository(consumerGroup);
    expect(await repository.open()).toEqual([]);
    return repository;
  }

  /** An open restorer, which is closed after the test. */
  async restorer(): Promise<RowRestorer> {
    const restorer = this.warehouse.restorer();
    this.#opened.push(restorer);
    expect(await restorer.open()).toEqual([]);
    return restorer;
  }

  /** RAW_EVENTS_STREAM by partition and offset, with parsed metadata. */
  async events(): Promise<{ row: WarehouseRow; metadata: Record<string, unknown> }[]> {
    const rows = (await this.warehouse.rows(RAW_EVENTS_STREAM)).map((row) => ({
      row,
      metadata: parsed(row['EVENT_METADATA']) as Record<string, unknown>,
    }));
    return rows.sort((one, other) => place(one.metadata) - place(other.metadata));
  }

  /** SALES_EVENTS_DLQ by partition and offset, with parsed JSON columns. */
  async deadLetters(): Promise<Record<string, unknown>[]> {
    const rows = (await this.warehouse.rows(SALES_EVENTS_DLQ)).map((row) => ({
      ...row,
      ERROR_DETAILS: parsed(row['ERROR_DETAILS']),
      HEADERS: parsed(row['HEADERS']),
      EVENT_METADATA: parsed(row['EVENT_METADATA']) as Record<string, unknown>,
    }));
    return rows.sort((one, other) => place(one.EVENT_METADATA) - place(other.EVENT_METADATA));
  }

  /** INGESTION_CHECKPOINTS by group and partition, after a check that the counters of each row add up. */
  async checkpoints(): Promise<WarehouseRow[]> {
    // Other rows than those of groups have no group.
    const rows = (await this.warehouse.rows(INGESTION_CHECKPOINTS)).filter(
      (row) => row['CONSUMER_GROUP'] !== '',
    );
    for (const row of rows) {
      const counted = ['STORED', 'DEAD_LETTERED', 'SKIPPED', 'GAPS', 'LOST'].map((name) => Number(row[name]));
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(
        Number(row['NEXT_OFFSET']) - Number(row['FIRST_OFFSET']),
      );
    }
    return rows.sort((one, other) => name(one).localeCompare(name(other)));
  }

  /** All tables, to see whether anything was written. */
  async contents() {
    const [events, deadLetters, checkpoints] = await Promise.all([
      this.events(),
      this.deadLetters(),
      this.checkpoints(),
    ]);
    return { events, deadLetters, checkpoints };
  }
}

/** Shows the whole result if the batch was not stored. */
export function expectStored(result: WriteResult): void {
  expect(result).toMatchObject({ kind: 'stored', seconds: expect.any(Number) as number });
}

export function parsed(json: string | number | null | undefined): unknown {
  return typeof json === 'string' ? JSON.parse(json) : json;
}

function place(metadata: Record<string, unknown>): number {
  return Number(metadata['partition']) * 2 ** 40 + Number(metadata['offset']);
}

function name(row: WarehouseRow): string {
  return [row['CONSUMER_GROUP'], row['TOPIC'], row['PARTITION']].join('/');
}
