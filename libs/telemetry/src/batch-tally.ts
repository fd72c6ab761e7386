import type { EventLabel } from '#events';
import type { Batch } from '#pipeline';

/** What a batch holds, counted in one pass over its rows. */
export interface BatchTally {
  /** Messages: rows, dead letters and what was skipped. */
  events: number;
  rows: number;
  /** Rows by event type; only types that occur. */
  stored: ReadonlyMap<EventLabel, number>;
  deadLetters: number;
  skipped: number;
  /** Timestamps of the oldest and the newest row's message; null in a batch without rows. */
  timestamps: { oldestMs: number; newestMs: number } | null;
}

export function tally({ rows, deadLetters, ranges }: Batch): BatchTally {
  const stored = new Map<EventLabel, number>();
  let oldestMs = Infinity;
  let newestMs = -Infinity;
  for (const { label, message } of rows) {
    stored.set(label, (stored.get(label) ?? 0) + 1);
    if (message.timestampMs < oldestMs) oldestMs = message.timestampMs;
    if (message.timestampMs > newestMs) newestMs = message.timestampMs;
  }
  const skipped = ranges.reduce((sum, range) => sum + range.skipped, 0);
  return {
    events: rows.length + deadLetters.length + skipped,
    rows: rows.length,
    stored,
    deadLetters: deadLetters.length,
    skipped,
    timestamps: rows.length === 0 ? null : { oldestMs, newestMs },
  };
}
