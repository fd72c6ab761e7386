import type { Batch } from '../model/batch.js';
import { NO_RUNS, type DeadLetterRuns } from './dead-letter-runs.js';

/** How many dead letters are too many. In both, 0 is no limit. */
export interface DeadLetterLimits {
  /** The greatest share of dead letters among the last {@link ratioWindowEvents} messages. */
  maxRatio: number;
  ratioWindowEvents: number;
  /** The most dead letters in a row, without one message that could be stored. */
  maxRun: number;
}

export const NO_DEAD_LETTER_LIMIT: DeadLetterLimits = { maxRatio: 0, ratioWindowEvents: 1, maxRun: 0 };

/** What would be true once a batch is settled. */
export interface LimitDecision {
  /** Dead letters in the window, as a share of the whole window also while it is not full yet. */
  ratio: number;
  /** Which limit that would exceed, in words; null where it exceeds none. */
  excess: string | null;
}

interface Count {
  letters: number;
  messages: number;
}

interface LimitState {
  /** Dead letters since the last batch with a stored row, of all partitions together. */
  run: number;
  /** Dead letters in a row, by partition. */
  runs: DeadLetterRuns;
  /** The newest batches that fill the window together, the oldest first. */
  window: readonly Count[];
}

/**
 * Whether so much goes wrong that it cannot be single messages: then not the messages are at fault but their producer,
 * or this service, and to go on would move the topic into the dead-letter topic.
 *
 * Within a partition it counts in the order of offsets; partitions have no order among each other, so over all of them it
 * counts batch by batch, and one stored row ends a run. The ratio is that of the whole window from the first message on,
 * so that a few bad ones after a start are no excess.
 */
export class DeadLetterLimit {
  #state: LimitState = { run: 0, runs: NO_RUNS, window: [] };
  #isLifted = false;

  constructor(private readonly limits: DeadLetterLimits) {}

  /** Dead letters in the window now, as a share of the whole window. */
  get ratio(): number {
    return this.#ratio(this.#state);
  }

  /** What would become of it if this batch were settled. A batch without dead letters exceeds nothing. */
  check(batch: Pick<Batch, 'rows' | 'deadLetters'>): LimitDecision {
    const after = this.#after(batch);
    const isFree = this.#isLifted || batch.deadLetters.length === 0;
    return { ratio: this.#ratio(after), excess: isFree ? null : this.#excess(after) };
  }

  /** Counts a batch that is settled. */
  settled(batch: Pick<Batch, 'rows' | 'deadLetters'>): void {
    this.#state = this.#after(batch);
    if (this.#excess(this.#state) === null) this.#isLifted = false;
  }

  /** Nothing is an excess any more, until what has been settled is within the limits again. */
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
