import type { EventLabel } from '#events';
import type { StoredRow } from './outcome.js';

/**
 * What telemetry tells of a batch's rows. Counted while they are judged and at hand: to go over twenty thousand rows once
 * more when they are committed costs as much as all else that telemetry does.
 */
export interface StoredCounts {
  /** Only labels that occur. */
  byLabel: Map<EventLabel, number>;
  /** Of the messages' timestamps, in milliseconds since 1970; Infinity where there is no row. */
  oldestMs: number;
  /** -Infinity where there is no row. */
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
    counts.oldestMs = Math.min(counts.oldestMs, message.timestampMs);
    counts.newestMs = Math.max(counts.newestMs, message.timestampMs);
  }
  return counts;
}
