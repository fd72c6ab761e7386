import { arithmetic, compare, groupKey } from './compare.js';
import type { Aggregate, Compiled, Frame } from './scope.js';
import type { SqlType, SqlValue } from '../types.js';
import { FIXED, REAL } from '../types.js';

interface Running {
  add(value: SqlValue): void;
  result(): SqlValue;
}

/** Each is started anew for every group. NULL is not added. */
const AGGREGATES: Record<string, { type: (argument: SqlType) => SqlType; start: () => Running }> = {
  COUNT: { type: () => FIXED, start: counting(() => true) },
  COUNT_IF: { type: () => FIXED, start: counting((value) => value === true) },
  SUM: {
    type: (type) => (type.name === 'real' ? REAL : type),
    start: folding((a, b) => arithmetic('+', a, b)),
  },
  MIN: { type: (type) => type, start: folding((a, b) => ((compare(a, b) ?? 0) <= 0 ? a : b)) },
  MAX: { type: (type) => type, start: folding((a, b) => ((compare(a, b) ?? 0) >= 0 ? a : b)) },
};

export function isAggregate(name: string): boolean {
  return Object.hasOwn(AGGREGATES, name);
}

/** @param argument null for COUNT(*) */
export function aggregate(
  name: string,
  argument: Compiled | null,
  distinct: boolean,
): { type: SqlType; aggregate: Aggregate } {
  const definition = AGGREGATES[name];
  if (definition === undefined) throw new Error(`${name} is not an aggregate`);
  const start = () => {
    const running = definition.start();
    const seen = new Set<string>();
    return {
      add: (frame: Frame) => {
        const value = argument === null ? true : argument.run(frame);
        if (value === null) return;
        if (distinct) {
          const key = groupKey([value]);
          if (seen.has(key)) return;
          seen.add(key);
        }
        running.add(value);
      },
      result: () => running.result(),
    };
  };
  return { type: definition.type(argument?.type ?? FIXED), aggregate: { start } };
}

function counting(counts: (value: SqlValue) => boolean): () => Running {
  return () => {
    let count = 0;
    return {
      add: (value) => {
        if (counts(value)) count++;
      },
      result: () => count,
    };
  };
}

function folding(fold: (a: SqlValue, b: SqlValue) => SqlValue): () => Running {
  return () => {
    let result: SqlValue = null;
    return {
      add: (value) => {
        result = result === null ? value : fold(result, value);
      },
      result: () => result,
    };
  };
}
