import { EVENT_LABELS, type EventLabel } from '#events';
import type { BatchCounts } from '../metrics/batch-counts.js';

/** What this process has settled since its start. */
export interface RunStats {
  /** Settled messages: rows, dead letters and skipped ones. */
  events: number;
  batches: number;
  /** Rows committed to the warehouse, by event type. */
  stored: Readonly<Record<EventLabel, number>>;
  /** Dead letters. */
  errors: number;
  skipped: number;
}

export class RunCounter {
  readonly #stored = Object.fromEntries(EVENT_LABELS.map((label) => [label, 0])) as Record<
    EventLabel,
    number
  >;
  #batches = 0;
  #errors = 0;
  #skipped = 0;

  add({ stored, deadLetters, skipped }: BatchCounts): void {
    this.#batches += 1;
    this.#errors += deadLetters;
    this.#skipped += skipped;
    for (const [label, count] of stored) this.#stored[label] += count;
  }

  stats(): RunStats {
    const stored = { ...this.#stored };
    const rows = Object.values(stored).reduce((sum, count) => sum + count, 0);
    return {
      events: rows + this.#errors + this.#skipped,
      batches: this.#batches,
      stored,
      errors: this.#errors,
      skipped: this.#skipped,
    };
  }
}
