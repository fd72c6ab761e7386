import type { Row } from '../../state/tables.js';
import type { Frame } from './scope.js';

const weights = new WeakMap<Row, number>();

/** Lets the row represent `weight` equal rows. */
export function weighed(row: Row, weight: number): Row {
  if (weight !== 1) weights.set(row, weight);
  return row;
}

/** How many rows this one represents: 1, unless it is from a sampled list. */
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
