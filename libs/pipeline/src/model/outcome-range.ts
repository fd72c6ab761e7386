import type { PartitionRange } from './batch.js';
import { isTime, type TopicPartition } from './message.js';
import type { DeadLetter, StoredRow } from './outcome.js';
import { noneStored, type StoredCounts } from './stored-counts.js';

/** The outcomes of consecutive offsets [from, to) of one partition, which a fetch adds to the open batch. */
export interface OutcomeRange extends Omit<PartitionRange, 'stored' | 'deadLettered'> {
  rows: StoredRow[];
  /** The counts of `rows`. */
  storedCounts: StoredCounts;
  deadLetters: DeadLetter[];
  bytes: number;
}

/** A range without messages: offsets without a record, or that retention deleted before they were read. */
export function emptyRange(
  { topic, partition }: TopicPartition,
  from: number,
  to: number,
  kind: 'gaps' | 'lost',
): OutcomeRange {
  const none = { rows: [], deadLetters: [], skipped: 0, gaps: 0, lost: 0, lastTimestampMs: null, bytes: 0 };
  return { ...none, storedCounts: noneStored(), topic, partition, from, to, [kind]: to - from };
}

/** The oldest plausible time of the range's messages, tombstones excepted; Infinity if there is none. */
export function oldestOf({ storedCounts, deadLetters }: OutcomeRange): number {
  const oldestLetterMs = (oldest: number, { message: { timestampMs } }: DeadLetter) =>
    isTime(timestampMs) ? Math.min(oldest, timestampMs) : oldest;
  return deadLetters.reduce(oldestLetterMs, storedCounts.oldestMs);
}
