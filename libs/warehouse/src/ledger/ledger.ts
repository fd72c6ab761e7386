import type { Checkpoint, Coordinates, Fault } from '#pipeline';
import type { LedgerEntry } from './ledger-entry.js';

/** Consecutive offsets, both ends included. */
export interface OffsetRange {
  first: number;
  last: number;
}

/** The number of offsets, and the first of them. */
export interface Named {
  count: number;
  offsets: number[];
}

/** The contents of the tables for one partition, and its checkpoints. */
export interface PartitionLedger {
  partition: number;
  /** One, unless it was duplicated, or only rows exist. */
  checkpoints: Checkpoint[];
  /** Rows of RAW_EVENTS_STREAM and of SALES_EVENTS_DLQ from FIRST_OFFSET up to NEXT_OFFSET. */
  rows: number;
  deadLetters: number;
  /** Offsets that have a row or a dead letter. */
  offsets: number;
  /** Offsets that have more than one row, or more than one dead letter. */
  doubled: Named;
  /** Offsets that have both. */
  both: Named;
  /** The first offsets with neither, if there are more than the skipped, gap and lost offsets explain. */
  missing: OffsetRange[];
  /** Rows and dead letters below the offset at which the ledger begins. */
  before: { rows: number; deadLetters: number };
  /** Offsets that an operator skipped: their number, first and last. Null if there are none. */
  unreadable: (OffsetRange & { count: number }) | null;
  /** Offsets with a row or a dead letter beyond the checkpoints of all groups. */
  beyond: Named;
}

/** The contents of the tables for one topic. */
export interface TopicLedger {
  /** Those with a checkpoint of the group, and those with rows but without a checkpoint of any group, in order. */
  partitions: PartitionLedger[];
  /** Per table, the rows whose EVENT_METADATA lacks valid coordinates, and when the first was inserted. */
  unplaced: { table: string; count: number; firstAtMs: number | null }[];
  /** The first dead letters that are marked as stored at coordinates without a row. */
  unstored: { letter: Coordinates; storedAs: Coordinates }[];
}

/** Limit of the offsets and ranges that are listed. */
export const MOST_NAMED = 20;

/** Compares the checkpoints with the tables by queries in the warehouse. Writes nothing. */
export interface LedgerReader {
  /** Returns every fault found; none means ready. */
  open(): Promise<Fault[]>;
  /** @throws FaultError */
  read(group: string, topic: string): Promise<TopicLedger>;
  /**
   * Streams what the tables hold of [from, to) of a partition, by offset.
   *
   * @throws FaultError
   */
  entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry>;
  /**
   * Where redriven messages are stored according to their dead letters, by redrive id.
   *
   * @throws FaultError
   */
  storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>>;
  /**
   * The lowest offset of each partition that has a row in RAW_EVENTS_STREAM. Old rows may have been deleted below it.
   *
   * @throws FaultError
   */
  firstRows(topic: string): Promise<Map<number, number>>;
  /**
   * Offsets of a partition whose dead letters an operator redrove or resolved, and which are no longer in the table, in
   * order.
   *
   * @throws FaultError
   */
  deletedLetters(topic: string, partition: number): Promise<number[]>;
  close(): Promise<void>;
}
