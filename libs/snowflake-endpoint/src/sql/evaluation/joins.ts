import type { Row } from '../../state/tables.js';
import { groupKey } from './compare.js';
import type { Compile } from './compile.js';
import type { Compiled, Frame, Scope } from './scope.js';
import { frameOf } from './scope.js';
import type { CompiledSource, CompileSubquery } from './sources.js';
import { compileSource } from './sources.js';
import type { Expression, Join } from '../parsing/syntax.js';
import { scalar } from '../types.js';

/**
 * Adds the sources to the scope, and returns a function that joins their rows to existing frames.
 *
 * Statements join thousands of dead letters to thousands of staged rows. To avoid their product, conditions on the new
 * source alone are evaluated once per row, and equalities become lookups.
 */
export function compileJoins(
  joins: readonly Join[],
  scope: Scope,
  compile: Compile,
  compileSubquery: CompileSubquery,
): (frames: Frame[]) => Frame[] {
  const steps = joins.map(({ kind, source, on }) => {
    const compiled = compileSource(source, scope, compile, compileSubquery);
    const place = scope.sources.push(compiled) - 1;
    return { kind, source: compiled, condition: compileCondition(on, place, scope, compile) };
  });
  return (start) => {
    let frames = start;
    for (const { kind, source, condition } of steps) {
      const candidates = candidatesOf(source, condition);
      const next: Frame[] = [];
      for (const frame of frames) {
        const before = next.length;
        for (const row of candidates(frame)) {
          const joined = frameOf([...frame.rows, row], frame.outer);
          if (condition.rest.every((part) => part.run(joined) === true)) next.push(joined);
        }
        if (kind === 'left' && next.length === before) {
          next.push(frameOf([...frame.rows, source.columns.map(() => null)], frame.outer));
        }
      }
      frames = next;
    }
    return frames;
  };
}

interface Condition {
  /** The index of the new source in a frame's rows. */
  place: number;
  /** Conditions on the new source alone. */
  local: Compiled[];
  /** Equalities between the new source and earlier ones. */
  keys: { own: Compiled; other: Compiled }[];
  rest: Compiled[];
}

function compileCondition(on: Expression | null, place: number, scope: Scope, compile: Compile): Condition {
  const condition: Condition = { place, local: [], keys: [], rest: [] };
  for (const part of on === null ? [] : conjuncts(on)) {
    const whole = scope.tracked(() => compile(part));
    if (isOnly(whole.places, place)) condition.local.push(whole.compiled);
    else {
      const key = part.kind === 'binary' && part.operator === '=' ? keyOf(part, place, scope, compile) : null;
      if (key === null) condition.rest.push(whole.compiled);
      else condition.keys.push(key);
    }
  }
  return condition;
}

function conjuncts(on: Expression): Expression[] {
  if (on.kind !== 'binary' || on.operator !== 'AND') return [on];
  return [...conjuncts(on.left), ...conjuncts(on.right)];
}

function keyOf(
  { left, right }: Expression & { kind: 'binary' },
  place: number,
  scope: Scope,
  compile: Compile,
): Condition['keys'][number] | null {
  const a = scope.tracked(() => compile(left));
  const b = scope.tracked(() => compile(right));
  const [own, other] = isOnly(a.places, place) ? [a, b] : [b, a];
  if (!isOnly(own.places, place) || other.places.has(place)) return null;
  const { name } = own.compiled.type;
  // Values of one type are equal if their keys are. Other types need the conversions of a comparison.
  const alike = name === other.compiled.type.name && (name === 'text' || name === 'fixed');
  return alike ? { own: own.compiled, other: other.compiled } : null;
}

function isOnly(places: ReadonlySet<number>, place: number): boolean {
  return places.size === 1 && places.has(place);
}

/** The rows of the source that a frame may join, before the rest of the condition. */
function candidatesOf(source: CompiledSource, condition: Condition): (frame: Frame) => readonly Row[] {
  const { local, keys } = condition;
  if (local.length === 0 && keys.length === 0) return source.rows;
  let last: { rows: Row[]; found: Map<string, Row[]> } | null = null;
  return (frame) => {
    const rows = source.rows(frame);
    if (last?.rows !== rows) last = { rows, found: byKey(rows, condition) };
    const key = keyText(
      keys.map(({ other }) => other),
      frame,
    );
    return key === null ? [] : (last.found.get(key) ?? []);
  };
}

function byKey(rows: readonly Row[], { place, local, keys }: Condition): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  const own = keys.map((key) => key.own);
  for (const row of rows) {
    const alone: Row[] = [];
    alone[place] = row;
    const frame = frameOf(alone, null);
    if (!local.every((part) => part.run(frame) === true)) continue;
    const key = keyText(own, frame);
    if (key === null) continue;
    const same = found.get(key);
    if (same === undefined) found.set(key, [row]);
    else same.push(row);
  }
  return found;
}

/** Returns null if a value is NULL, which equals nothing. */
function keyText(parts: readonly Compiled[], frame: Frame): string | null {
  const values = parts.map((part) => scalar(part.run(frame)));
  return values.includes(null) ? null : groupKey(values);
}
