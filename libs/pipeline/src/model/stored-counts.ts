import type { EventLabel } from '#events';
import { isTime, type Timestamp } from './message.js';
import type { StoredRow } from './outcome.js';

/**
 * What telemetry reports about a batch's rows. Counted during validation: a second pass over twenty thousand rows at
 * commit would cost as much as the rest of telemetry.
 */
export interface StoredCounts {
  /** Contains only labels that occur. */
  byLabel: Map<EventLabel, number>;
  /** The oldest plausible timestamp; Infinity if there is none. */
  oldestMs: number;
  /** The newest plausible timestamp; -Infinity if there is none. */
  newestMs: number;
}

export function noneStored(): StoredCounts {
  return { byLabel: new Map(), oldestMs: Infinity, newestMs: -Infinity };
}

/** Adds `more` to `counts`. */
export function addStored(counts: StoredCounts, more: StoredCounts): void {
  for (const [label, count] of more.byLabel) {
    counts.byLabel.set(label, (counts.byLabel.get(label) ?? 0) + count);
  }
  counts.oldestMs = Math.min(counts.oldestMs, more.oldestMs);
  counts.newestMs = Math.max(counts.newestMs, more.newestMs);
}

/** Counts again, for a batch that has lost rows. */
export function countStored(rows: readonly Pick<StoredRow, 'label' | 'message'>[]): StoredCounts {
  const counts = noneStored();
  for (const { label, message } of rows) {
    counts.byLabel.set(label, (counts.byLabel.get(label) ?? 0) + 1);
    countTime(counts, message.timestampMs);
  }
  return counts;
}

/** Ignores implausible timestamps, which would hide the latency of all others. */
export function countTime(counts: StoredCounts, timestampMs: Timestamp): void {
  if (!isTime(timestampMs)) return;
  if (timestampMs < counts.oldestMs) counts.oldestMs = timestampMs;
  if (timestampMs > counts.newestMs) counts.newestMs = timestampMs;
}
