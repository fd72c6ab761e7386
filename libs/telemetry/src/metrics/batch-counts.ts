import type { EventLabel } from '#events';
import type { Batch } from '#pipeline';

/** The contents of a batch, counted. */
export interface BatchCounts {
  /** Messages: rows, dead letters and skipped ones. */
  events: number;
  rows: number;
  /** Rows by event type; only types that occur. */
  stored: ReadonlyMap<EventLabel, number>;
  deadLetters: number;
  skipped: number;
  /** Timestamps of the oldest and the newest row's message; null if none of them is a valid time. */
  timestamps: { oldestMs: number; newestMs: number } | null;
}

export function countsOf({ rows, storedCounts, deadLetters, ranges }: Batch): BatchCounts {
  const { byLabel, oldestMs, newestMs } = storedCounts;
  const skipped = ranges.reduce((sum, range) => sum + range.skipped, 0);
  return {
    events: rows.length + deadLetters.length + skipped,
    rows: rows.length,
    stored: byLabel,
    deadLetters: deadLetters.length,
    skipped,
    timestamps: oldestMs === Infinity ? null : { oldestMs, newestMs },
  };
}
