import type { SqlValue } from '../types.js';
import { asText, cast, REAL, scalar, TIMESTAMP_LTZ, Variant } from '../types.js';

/** Negative, zero or positive; null if one of the two is NULL. */
export function compare(left: SqlValue, right: SqlValue): number | null {
  const a = scalar(left);
  const b = scalar(right);
  if (a === null || b === null) return null;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  if (typeof a === 'number' || typeof b === 'number') return Number(cast(a, REAL)) - Number(cast(b, REAL));
  if (a instanceof Date || b instanceof Date) return moment(a) - moment(b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  const [x, y] = [asText(a) ?? '', asText(b) ?? ''];
  return x < y ? -1 : Number(x > y);
}

/** For ORDER BY: NULL is larger than everything. */
export function order(left: SqlValue, right: SqlValue): number {
  return compare(left, right) ?? Number(scalar(left) === null) - Number(scalar(right) === null);
}

/** Equal texts for equal values, as lookup keys for groups and DISTINCT. */
export function groupKey(values: readonly SqlValue[]): string {
  return JSON.stringify(
    values.map((value) => {
      if (value instanceof Variant) return value.value;
      return value instanceof Date ? value.getTime() : value;
    }),
  );
}

export function arithmetic(operator: string, left: SqlValue, right: SqlValue): SqlValue {
  const a = cast(left, REAL) as number | null;
  const b = cast(right, REAL) as number | null;
  if (a === null || b === null) return null;
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

/** A LIKE pattern as a regular expression for the whole text. */
export function likePattern(pattern: string, ignoreCase: boolean): RegExp {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\%_]/g, (character) => {
    if (character === '%') return '[\\s\\S]*';
    return character === '_' ? '[\\s\\S]' : `\\${character}`;
  });
  return new RegExp(`^${source}$`, ignoreCase ? 'iu' : 'u');
}

function moment(value: SqlValue): number {
  return (cast(value, TIMESTAMP_LTZ) as Date).getTime();
}
