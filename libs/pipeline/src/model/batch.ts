import { partitionName, type TopicPartition } from './message.js';
import type { DeadLetter, StoredRow } from './outcome.js';
import { countStored, type StoredCounts } from './stored-counts.js';

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

/** The same batch without what it does to one partition. */
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

/** The same batch without these rows, whose offsets count as something else. */
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
