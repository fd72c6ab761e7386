import type { Checkpoint, Fault } from '#pipeline';

/** Offsets that follow each other, both ends included. */
export interface OffsetRange {
  first: number;
  last: number;
}

/** What the tables hold of one partition, between the ends of its checkpoint. */
export interface PartitionLedger {
  /** One, unless somebody doubled it. */
  checkpoints: Checkpoint[];
  /** Rows of RAW_EVENTS_STREAM and of SALES_EVENTS_DLQ. */
  rows: number;
  deadLetters: number;
  /** Offsets that have a row or a dead letter. */
  offsets: number;
  /** Offsets that have more than one of both together, and the first of them. */
  doubled: number;
  doubledOffsets: number[];
  /** Offsets that have none, where more of them are missing than were skipped, left by Kafka or lost; the first of them. */
  missing: OffsetRange[];
}

/** How many doubled offsets and missing ranges are named. */
export const MOST_NAMED = 20;

/** Compares the checkpoints with the tables, by queries of the warehouse's own. Writes nothing. */
export interface LedgerReader {
  /** Every fault found; none means ready. */
  open(): Promise<Fault[]>;
  /**
   * One for each partition of the topic that the group has a checkpoint for, in their order.
   *
   * @throws FaultError
   */
  read(group: string, topic: string): Promise<PartitionLedger[]>;
  close(): Promise<void>;
}
