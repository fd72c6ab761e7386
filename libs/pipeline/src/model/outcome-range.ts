import type { PartitionRange } from './batch.js';
import type { TopicPartition } from './message.js';
import type { DeadLetter, StoredRow } from './outcome.js';
import { noneStored, type StoredCounts } from './stored-counts.js';

/** A run of consecutive offsets [from, to) of one partition, validated: what one fetch adds to the open batch. */
export interface OutcomeRange extends Omit<PartitionRange, 'stored' | 'deadLettered'> {
  rows: StoredRow[];
  /** Of the same rows. */
  storedCounts: StoredCounts;
  deadLetters: DeadLetter[];
  bytes: number;
}

/** A range without messages: offsets that Kafka left out, or that retention deleted before they were read. */
export function emptyRange(
  { topic, partition }: TopicPartition,
  from: number,
  to: number,
  kind: 'gaps' | 'lost',
): OutcomeRange {
  const none = { rows: [], deadLetters: [], skipped: 0, gaps: 0, lost: 0, lastTimestampMs: null, bytes: 0 };
  return { ...none, storedCounts: noneStored(), topic, partition, from, to, [kind]: to - from };
}
