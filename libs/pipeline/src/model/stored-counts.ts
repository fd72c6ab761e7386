import type { EventLabel } from '#events';
import { isTime, type Timestamp } from './message.js';
import type { StoredRow } from './outcome.js';

/**
 * What telemetry tells of a batch's rows. Counted while they are validated and at hand: to go over twenty thousand rows once
 * more when they are committed costs as much as all else that telemetry does.
 */
export interface StoredCounts {
  /** Only labels that occur. */
  byLabel: Map<EventLabel, number>;
  /** Of the messages' timestamps that can be times; Infinity where there is none. */
  oldestMs: number;
  /** -Infinity where there is none. */
  newestMs: number;
}

export function noneStored(): StoredCounts {
  return { byLabel: new Map(), oldestMs: Infinity, newestMs: -Infinity };
}

/** @param more is added to `counts` */
export function addStored(counts: StoredCounts, more: StoredCounts): void {
  for (const [label, count] of more.byLabel) {
    counts.byLabel.set(label, (counts.byLabel.get(label) ?? 0) + count);
  }
  counts.oldestMs = Math.min(counts.oldestMs, more.oldestMs);
  counts.newestMs = Math.max(counts.newestMs, more.newestMs);
}

/** Of rows that are at hand, as when a batch loses some of its own. */
export function countStored(rows: readonly Pick<StoredRow, 'label' | 'message'>[]): StoredCounts {
  const counts = noneStored();
  for (const { label, message } of rows) {
    counts.byLabel.set(label, (counts.byLabel.get(label) ?? 0) + 1);
    countTime(counts, message.timestampMs);
  }
  return counts;
}

/** What is no time would hide the latency of all others. */
export function countTime(counts: StoredCounts, timestampMs: Timestamp): void {
  if (!isTime(timestampMs)) return;
  if (timestampMs < counts.oldestMs) counts.oldestMs = timestampMs;
  if (timestampMs > counts.newestMs) counts.newestMs = timestampMs;
}
