import { asError } from '#pipeline';
import type { Settings } from '#settings';

/** How many letters were open when they were last counted, in milliseconds since 1970. */
export interface OpenLetters {
  count: number | null;
  atMs: number;
  /** Why they could not be counted; null if they were. */
  fault: string | null;
}

export interface CountingLimits {
  /** The least time between two counts. */
  everyMs: number;
  /** Counts again only after a batch: then the warehouse runs anyway, and the count wakes nothing up. */
  onlyAfterBatch: boolean;
}

/** On Snowflake every statement may start a warehouse, which costs money. */
export function countingLimits({ snowflake }: Pick<Settings, 'snowflake'>): CountingLimits | null {
  if (snowflake === null) return { everyMs: 5_000, onlyAfterBatch: false };
  // Snowpipe Streaming stores events without a warehouse.
  return snowflake.ingest === 'streaming' ? null : { everyMs: 60_000, onlyAfterBatch: true };
}

/** A count that takes long comes less often: it takes at most this share of the time. */
const MOST_BUSY = 0.05;

/** Counts the open letters while somebody watches: one count at a time, and not too often. */
export class OpenLetterCount {
  latest: OpenLetters | null = null;
  #isCounting = false;
  #nextAt = -Infinity;
  #isOutdated = true;

  /** @param limits null if nothing is counted unasked */
  constructor(
    private readonly count: () => Promise<number>,
    private readonly limits: CountingLimits | null,
  ) {}

  batchCommitted(): void {
    this.#isOutdated = true;
  }

  /** Counts if it is time. Never throws. */
  async refresh(): Promise<void> {
    if (this.limits === null || this.#isCounting || performance.now() < this.#nextAt) return;
    if (this.limits.onlyAfterBatch && !this.#isOutdated) return;
    this.#isCounting = true;
    this.#isOutdated = false;
    const startedAt = performance.now();
    try {
      this.latest = { count: await this.count(), atMs: Date.now(), fault: null };
    } catch (error) {
      this.latest = { count: null, atMs: Date.now(), fault: asError(error).message };
    }
    const now = performance.now();
    this.#nextAt = now + Math.max(this.limits.everyMs, (now - startedAt) / MOST_BUSY);
    this.#isCounting = false;
  }
}
