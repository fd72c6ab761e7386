import type { Batch } from '../model/batch.js';
import { NO_RUNS, type DeadLetterRuns } from './dead-letter-runs.js';

/** The limits for dead letters; 0 means no limit. */
export interface DeadLetterLimits {
  /** The maximum share of dead letters among the last {@link ratioWindowEvents} messages. */
  maxRatio: number;
  ratioWindowEvents: number;
  /** The maximum number of dead letters in a row, without a stored message in between. */
  maxRun: number;
}

export const NO_DEAD_LETTER_LIMIT: DeadLetterLimits = { maxRatio: 0, ratioWindowEvents: 1, maxRun: 0 };

/** The state that settling a batch would lead to. */
export interface LimitDecision {
  /** The dead letters in the window as a share of the window's full size. */
  ratio: number;
  /** Which limit would be exceeded, in words; null if none. */
  excess: string | null;
}

interface Count {
  letters: number;
  messages: number;
}

interface LimitState {
  /** Dead letters of all partitions since the last batch with a stored row. */
  run: number;
  /** Dead letters in a row, by partition. */
  runs: DeadLetterRuns;
  /** The newest batches that together fill the window, oldest first. */
  window: readonly Count[];
}

/**
 * Detects that so many messages fail that their producer or this service must be at fault. To continue would move the
 * whole topic into the dead-letter topic.
 *
 * Within a partition, runs are counted in the order of offsets. Across partitions there is no order, so runs are
 * counted batch by batch, and one stored row ends a run. The ratio relates to the window's full size from the first
 * message on, so that a few bad messages after a start do not exceed it.
 */
export class DeadLetterLimit {
  #state: LimitState = { run: 0, runs: NO_RUNS, window: [] };
  #isLifted = false;

  constructor(private readonly limits: DeadLetterLimits) {}

  /** The dead letters now in the window, as a share of the window's full size. */
  get ratio(): number {
    return this.#ratio(this.#state);
  }

  /** Checks the state that settling this batch would lead to. A batch without dead letters never exceeds a limit. */
  check(batch: Pick<Batch, 'rows' | 'deadLetters'>): LimitDecision {
    const after = this.#after(batch);
    const isFree = this.#isLifted || batch.deadLetters.length === 0;
    return { ratio: this.#ratio(after), excess: isFree ? null : this.#excess(after) };
  }

  /** Counts a settled batch. */
  settled(batch: Pick<Batch, 'rows' | 'deadLetters'>): void {
    this.#state = this.#after(batch);
    if (this.#excess(this.#state) === null) this.#isLifted = false;
  }

  /** Suspends the limits until the settled batches are within them again. */
  lift(): void {
    this.#isLifted = true;
  }

  #after({ rows, deadLetters }: Pick<Batch, 'rows' | 'deadLetters'>): LimitState {
    const count = { letters: deadLetters.length, messages: rows.length + deadLetters.length };
    if (count.messages === 0) return this.#state;
    const window = [...this.#state.window, count];
    let surplus = sum(window, 'messages') - this.limits.ratioWindowEvents;
    const oldest = window.findIndex(({ messages }) => {
      surplus -= messages;
      return surplus < 0;
    });
    return {
      run: rows.length > 0 ? 0 : this.#state.run + deadLetters.length,
      runs: this.#state.runs.after({ rows, deadLetters }),
      window: window.slice(oldest),
    };
  }

  #ratio({ window }: LimitState): number {
    return sum(window, 'letters') / Math.max(sum(window, 'messages'), this.limits.ratioWindowEvents);
  }

  #excess(state: LimitState): string | null {
    const { maxRun, maxRatio, ratioWindowEvents } = this.limits;
    const run = Math.max(state.run, state.runs.longest);
    if (maxRun > 0 && run > maxRun) return `${run} dead letters in a row (DLQ_MAX_RUN=${maxRun})`;
    const ratio = this.#ratio(state);
    if (maxRatio === 0 || ratio <= maxRatio) return null;
    const share = `${(ratio * 100).toFixed(1)} % dead letters`;
    return `${share} among the last ${ratioWindowEvents} messages (DLQ_MAX_RATIO=${maxRatio})`;
  }
}

function sum(window: readonly Count[], of: keyof Count): number {
  return window.reduce((total, count) => total + count[of], 0);
}
