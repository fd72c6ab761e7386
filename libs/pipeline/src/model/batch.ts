import type { TopicPartition } from './message.js';
import type { DeadLetter, StoredRow } from './outcome.js';
import type { StoredCounts } from './stored-counts.js';

/**
 * What one batch does to one partition: it settles every offset of [from, to).
 * `to - from = stored + deadLettered + skipped + gaps + lost`.
 */
export interface PartitionRange extends TopicPartition {
  /** The checkpoint that the warehouse must hold for the batch to be accepted. */
  from: number;
  /** The checkpoint after the batch. */
  to: number;
  stored: number;
  deadLettered: number;
  /** Tombstones, and redriven dead letters that are stored already. */
  skipped: number;
  /** Offsets that Kafka itself leaves: compacted records, transaction markers. */
  gaps: number;
  /** Offsets that retention deleted before they were read. */
  lost: number;
  /** The timestamp of the record at `to - 1`, or null where that record was not seen. */
  lastTimestampMs: number | null;
}

/** The messages that one warehouse transaction settles. */
export interface Batch {
  /** A UUID; one batch keeps it through all its tries. */
  id: string;
  rows: StoredRow[];
  /** Of the same rows. */
  storedCounts: StoredCounts;
  deadLetters: DeadLetter[];
  /** One range a partition, in no particular order; never empty. */
  ranges: PartitionRange[];
  /** Bytes of the messages' values and keys, as the byte limit counts them. */
  bytes: number;
  /** When the oldest message was buffered, in milliseconds since 1970. */
  openedAtMs: number;
}
