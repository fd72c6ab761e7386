import type { Checkpoint, Coordinates, Fault } from '#pipeline';
import type { LedgerEntry } from './ledger-entry.js';

/** Offsets that follow each other, both ends included. */
export interface OffsetRange {
  first: number;
  last: number;
}

/** How many there are, and the first of them. */
export interface Named {
  count: number;
  offsets: number[];
}

/** What the tables hold of one partition, and its checkpoints. */
export interface PartitionLedger {
  partition: number;
  /** One, unless somebody doubled it, or there are only rows. */
  checkpoints: Checkpoint[];
  /** Rows of RAW_EVENTS_STREAM and of SALES_EVENTS_DLQ, between the ends of the checkpoint. */
  rows: number;
  deadLetters: number;
  /** Offsets that have a row or a dead letter. */
  offsets: number;
  /** Offsets that have more than one row, or more than one dead letter. */
  doubled: Named;
  /** Offsets that have both. */
  both: Named;
  /** Offsets that have none, where more of them are missing than were skipped, left by Kafka or lost; the first of them. */
  missing: OffsetRange[];
  /** Rows and dead letters below the offset at which the ledger begins. */
  before: { rows: number; deadLetters: number };
  /** Offsets that an operator passed over, and the first and last of them; null where there is none. */
  unreadable: (OffsetRange & { count: number }) | null;
  /** Offsets with a row or a dead letter that no checkpoint of any group has come to. */
  beyond: Named;
}

/** What the tables hold of one topic. */
export interface TopicLedger {
  /** Those that the group has a checkpoint for, or that rows name and no group does, in their order. */
  partitions: PartitionLedger[];
  /** Rows by their table whose EVENT_METADATA does not say where they come from, and when the first was inserted. */
  unplaced: { table: string; count: number; firstAtMs: number | null }[];
  /** Dead letters that are noted as stored, where there is no such row; the first of them. */
  unstored: { letter: Coordinates; storedAs: Coordinates }[];
}

/** How many offsets and ranges are named. */
export const MOST_NAMED = 20;

/** Compares the checkpoints with the tables, by queries of the warehouse's own. Writes nothing. */
export interface LedgerReader {
  /** Every fault found; none means ready. */
  open(): Promise<Fault[]>;
  /** @throws FaultError */
  read(group: string, topic: string): Promise<TopicLedger>;
  /**
   * What the tables hold of [from, to) of a partition, by offset; some at a time, however many there are.
   *
   * @throws FaultError
   */
  entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry>;
  /**
   * Where redriven messages are stored, by their redrive ids, as their dead letters say.
   *
   * @throws FaultError
   */
  storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>>;
  close(): Promise<void>;
}
