import type { Row } from '../tables.js';
import type { Frame } from './scope.js';

const weights = new WeakMap<Row, number>();

/** The row, for so many that are like it. */
export function weighed(row: Row, weight: number): Row {
  if (weight !== 1) weights.set(row, weight);
  return row;
}

/** How many rows this one stands for: 1, unless it is of a list that was not read as a whole. */
export function weightOf(row: Row): number {
  return weights.get(row) ?? 1;
}

export function weightOfFrame({ rows }: Frame): number {
  let weight = 1;
  for (const row of rows) weight *= weightOf(row);
  return weight;
}

export function totalWeight(rows: readonly Row[]): number {
  let total = 0;
  for (const row of rows) total += weightOf(row);
  return total;
}
