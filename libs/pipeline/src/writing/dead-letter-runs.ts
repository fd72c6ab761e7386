import type { Batch } from '../model/batch.js';
import { partitionName } from '../model/message.js';

type Settled = Pick<Batch, 'rows' | 'deadLetters'>;

/**
 * Counts dead letters in a row per partition, in the order of offsets. A stored record ends a run, a skipped one does
 * not.
 */
export class DeadLetterRuns {
  /**
   * @param open by partition, the run at the end of the last batch
   * @param longest the longest run that includes letters of the last batch
   */
  constructor(
    private readonly open: ReadonlyMap<string, number>,
    readonly longest: number,
  ) {}

  /** Returns the runs after this batch. Cheap for a batch without dead letters. */
  after({ rows, deadLetters }: Settled): DeadLetterRuns {
    const open = new Map(this.open);
    for (const { message } of rows) {
      if (open.size === 0) break;
      open.delete(partitionName(message));
    }
    let longest = 0;
    for (const [name, letters] of Map.groupBy(deadLetters, ({ message }) => partitionName(message))) {
      const [first] = letters;
      if (first === undefined) continue;
      const { topic, partition } = first.message;
      const stored = rows
        .filter(({ message }) => message.partition === partition && message.topic === topic)
        .map(({ message }) => message.offset);
      // Sorted, because letters of rows that the warehouse rejected come last.
      const offsets = letters.map(({ message }) => message.offset).sort((one, other) => one - other);
      const counted = count(this.open.get(name) ?? 0, offsets, stored);
      longest = Math.max(longest, counted.longest);
      if (counted.open > 0) open.set(name, counted.open);
    }
    return new DeadLetterRuns(open, longest);
  }
}

export const NO_RUNS = new DeadLetterRuns(new Map(), 0);

/** @param letters ascending offsets, as are `stored` */
function count(before: number, letters: readonly number[], stored: readonly number[]) {
  let run = before;
  let longest = 0;
  let next = 0;
  for (const offset of letters) {
    for (; (stored[next] ?? Infinity) < offset; next += 1) run = 0;
    run += 1;
    longest = Math.max(longest, run);
  }
  return { longest, open: next < stored.length ? 0 : run };
}
