import type { PartitionRange } from './batch.js';
import type { TopicPartition } from './message.js';
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
