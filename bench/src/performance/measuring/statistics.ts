/** The middle of several rounds and how far they went from it. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError where there are no values */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: quantile(values, 0), max: quantile(values, 1) };
}

/**
 * Between two values the way there is followed, so that the median of an even number is the middle of the two.
 *
 * @param at from 0, the smallest value, to 1, the largest
 * @throws RangeError where there are no values
 */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = at * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('There are no values.');
  return below + (above - below) * (position - Math.floor(position));
}
