import { partitionName, type TopicPartition } from './message.js';
import type { DeadLetter, StoredRow } from './outcome.js';
import { countStored, type StoredCounts } from './stored-counts.js';

/**
 * What a batch settles in one partition: every offset of [from, to).
 * `to - from = stored + deadLettered + skipped + gaps + lost`.
 */
export interface PartitionRange extends TopicPartition {
  /** The checkpoint that the warehouse must have to accept the batch. */
  from: number;
  /** The checkpoint after the batch. */
  to: number;
  stored: number;
  deadLettered: number;
  /** Tombstones, and redriven dead letters that are already stored. */
  skipped: number;
  /** Offsets without a message: compacted records, transaction markers. */
  gaps: number;
  /** Offsets that retention deleted before they were read. */
  lost: number;
  /** The timestamp of the record at `to - 1`; null if that record was not seen. */
  lastTimestampMs: number | null;
}

/** The messages that one warehouse transaction settles. */
export interface Batch {
  /** A UUID, which the batch keeps through all attempts. */
  id: string;
  rows: StoredRow[];
  /** The counts of `rows`. */
  storedCounts: StoredCounts;
  deadLetters: DeadLetter[];
  /** One range per partition, in no particular order; never empty. */
  ranges: PartitionRange[];
  /** Bytes of the messages' values and keys, as the byte limit counts them. */
  bytes: number;
  /** When the oldest message was buffered, in milliseconds since 1970. */
  openedAtMs: number;
}

/** Returns the batch without one partition. */
export function withoutPartition(batch: Batch, { topic, partition }: TopicPartition): Batch {
  const isOther = (at: TopicPartition) => at.topic !== topic || at.partition !== partition;
  const rows = batch.rows.filter((row) => isOther(row.message));
  return {
    ...batch,
    rows,
    storedCounts: countStored(rows),
    deadLetters: batch.deadLetters.filter((letter) => isOther(letter.message)),
    ranges: batch.ranges.filter(isOther),
  };
}

/** Returns the batch without these rows, and counts their offsets as `as`. */
export function withoutRows(
  batch: Batch,
  indexes: ReadonlySet<number>,
  as: 'skipped' | 'deadLettered',
): Batch {
  const moved = new Map<string, number>();
  for (const index of indexes) {
    const row = batch.rows[index];
    if (row === undefined) continue;
    const name = partitionName(row.message);
    moved.set(name, (moved.get(name) ?? 0) + 1);
  }
  const rows = batch.rows.filter((_, index) => !indexes.has(index));
  return {
    ...batch,
    rows,
    storedCounts: countStored(rows),
    ranges: batch.ranges.map((range) => {
      const count = moved.get(partitionName(range)) ?? 0;
      return { ...range, stored: range.stored - count, [as]: range[as] + count };
    }),
  };
}

/** Returns the batch without these dead letters, and counts their offsets as stored. */
export function withoutLetters(batch: Batch, indexes: ReadonlySet<number>): Batch {
  const moved = batch.deadLetters.filter((_, index) => indexes.has(index));
  const counts = Map.groupBy(moved, ({ message }) => partitionName(message));
  return {
    ...batch,
    deadLetters: batch.deadLetters.filter((_, index) => !indexes.has(index)),
    ranges: batch.ranges.map((range) => {
      const count = counts.get(partitionName(range))?.length ?? 0;
      return { ...range, deadLettered: range.deadLettered - count, stored: range.stored + count };
    }),
  };
}
