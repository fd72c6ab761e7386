import type { EventRepository } from '#pipeline';
import type { Table } from '../tables.js';

/**
 * A row as the contract compares it, by the columns' names in capitals: integers as numbers, JSON and objects
 * as JSON text, timestamps as milliseconds since 1970.
 */
export type WarehouseRow = Record<string, string | number | null>;

/** A database of its own, with the tables in place or made by the first repository that opens. */
export interface ContractWarehouse {
  /** A repository with its own connection, not opened yet. All of one warehouse meet in the same tables. */
  repository(consumerGroup: string): EventRepository;
  /** All rows that are committed, in any order; of the checkpoints only those of consumer groups. */
  rows(table: Table): Promise<WarehouseRow[]>;
  /** Runs a statement as the tables' owner. */
  execute(sql: string): Promise<void>;
  /** Has every checkpoint row there twice, if need be past the engine's own guards. */
  doubleCheckpoints(): Promise<void>;
  close(): Promise<void>;
}

/** What is to be held to the contract. */
export interface ContractEngine {
  start(): Promise<ContractWarehouse>;
  /** Whether EVENT_CONTENT keeps the producer's text, or only what the JSON means. */
  contentKept: 'text' | 'value';
  /** A text that JSON.parse takes and the engine refuses; null where there is none. */
  refusedContent: string | null;
}
