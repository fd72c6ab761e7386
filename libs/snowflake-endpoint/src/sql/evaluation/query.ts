import { compilationError } from '../../errors.js';
import type { Relation, Row } from '../../state/tables.js';
import { isAggregate } from './aggregates.js';
import { groupKey, order } from './compare.js';
import type { Compile } from './compile.js';
import { compiler } from './compile.js';
import type { Compiled, CompiledQuery, Environment, Frame } from './scope.js';
import { frameOf, Scope } from './scope.js';
import { compileJoins } from './joins.js';
import type { Expression, Query, Select, SelectItem } from '../parsing/syntax.js';
import { hasPart } from '../parsing/syntax.js';
import type { SqlValue } from '../types.js';
import { TEXT } from '../types.js';
import { totalWeight, weighed, weightOfFrame } from './row-size.js';

export function runQuery(query: Query, environment: Environment): Relation {
  const { columns, rows } = compileQuery(query, environment, null, new Map());
  return { columns, rows: rows(null) };
}

export function compileQuery(
  query: Query,
  environment: Environment,
  outer: Scope | null,
  inherited: ReadonlyMap<string, Query>,
): CompiledQuery {
  const shared = new Map(inherited);
  for (const { name, query: named } of query.with) shared.set(name, named);
  const parts = query.selects.map((select) => compileSelect(select, query, environment, outer, shared));
  const [first] = parts;
  if (first === undefined) throw compilationError('empty query');
  const limit = query.limit === null ? null : compileIn(new Scope(environment, outer, shared))(query.limit);
  const rows = (frame: Frame | null): Row[] => {
    const found = parts.length === 1 ? first.rows(frame) : parts.flatMap((part) => part.rows(frame));
    return limit === null ? found : found.slice(0, Number(limit.run(frameOf([], frame))));
  };
  return {
    columns: first.columns,
    rows,
    count: (frame) =>
      limit === null ? parts.reduce((sum, part) => sum + part.count(frame), 0) : rows(frame).length,
  };
}

/** The compiler of a scope, with support for subqueries. */
export function compileIn(scope: Scope): Compile {
  return compiler(scope, (query, around) => {
    const compiled = compileQuery(query, around.environment, around, around.shared);
    return { type: compiled.columns[0]?.type ?? TEXT, rows: (frame) => compiled.rows(frame) };
  });
}

function compileSelect(
  select: Select,
  { orderBy, selects }: Query,
  environment: Environment,
  outer: Scope | null,
  shared: ReadonlyMap<string, Query>,
): CompiledQuery {
  const scope = new Scope(environment, outer, shared);
  const compile = compileIn(scope);
  const from = compileJoins(select.from, scope, compile, (query, around) =>
    compileQuery(query, environment, around, shared),
  );
  const where = select.where === null ? null : compile(select.where);
  const items = select.items.flatMap((item) => expand(item, scope));
  const grouped =
    select.groupBy === 'all' ||
    select.groupBy.length > 0 ||
    items.some(({ expression }) => hasAggregate(expression));
  scope.aggregates = grouped ? [] : null;
  const outputs = items.map(({ expression }) => compile(expression));
  const named = (expression: Expression) => resolveOutput(expression, items);
  const having = select.having === null ? null : compile(named(select.having));
  const sortKeys = (selects.length === 1 ? orderBy : []).map((item) => ({
    ...item,
    key: compile(named(item.expression)),
  }));
  const aggregates = scope.aggregates ?? [];
  scope.aggregates = null;
  const keys = groupKeys(select, items).map((expression) => compile(named(expression)));

  // Row by row, so that the JSON cache of the condition still serves the result.
  const inOnePass = !grouped && having === null && sortKeys.length === 0;

  const rows = (around: Frame | null): Row[] => {
    let frames = from([frameOf([], around)]);
    if (where !== null && !inOnePass) frames = frames.filter((frame) => where.run(frame) === true);
    if (grouped) frames = groupFrames(frames, keys, aggregates, around);
    if (having !== null) frames = frames.filter((frame) => having.run(frame) === true);
    if (sortKeys.length > 0) frames = sorted(frames, sortKeys);
    const found: Row[] = [];
    for (const frame of frames) {
      if (inOnePass && where !== null && where.run(frame) !== true) continue;
      found.push(
        weighed(
          outputs.map((output) => output.run(frame)),
          weightOfFrame(frame),
        ),
      );
    }
    return select.distinct ? distinct(found) : found;
  };
  const count = (around: Frame | null): number => {
    if (!inOnePass || select.distinct) return totalWeight(rows(around));
    return from([frameOf([], around)])
      .filter((frame) => where === null || where.run(frame) === true)
      .reduce((sum, frame) => sum + weightOfFrame(frame), 0);
  };
  const columns = items.map(({ name }, index) => ({ name, type: outputs[index]?.type ?? TEXT }));
  return { columns, rows, count };
}

interface NamedItem {
  name: string;
  expression: Expression;
}

function expand({ expression, source, alias }: SelectItem, scope: Scope): NamedItem[] {
  if (expression !== null) return [{ name: alias ?? nameOf(expression), expression }];
  return scope.sources
    .filter((candidate) => source === null || candidate.alias === source)
    .flatMap(({ alias: from, columns }) =>
      columns.map(({ name }) => ({ name, expression: { kind: 'column', source: from, name } as const })),
    );
}

/** Snowflake names a column without alias after its text. */
function nameOf(expression: Expression): string {
  if (expression.kind === 'column') return expression.name;
  if (expression.kind === 'call')
    return `${expression.name}(${expression.star ? '*' : ''}${expression.args.map(nameOf).join(', ')})`;
  if (expression.kind === 'cast') return nameOf(expression.operand);
  if (expression.kind === 'literal')
    return typeof expression.value === 'string' ? `'${expression.value}'` : String(expression.value);
  return expression.kind === 'bind' ? '?' : expression.kind.toUpperCase();
}

/** ORDER BY 1 and GROUP BY 1 refer to result columns by number; aliases refer to their expressions. */
function resolveOutput(expression: Expression, items: readonly NamedItem[]): Expression {
  if (expression.kind === 'literal' && typeof expression.value === 'number') {
    return items[expression.value - 1]?.expression ?? expression;
  }
  if (expression.kind === 'column' && expression.source === null) {
    return items.find(({ name }) => name === expression.name)?.expression ?? expression;
  }
  if (expression.kind !== 'binary') return expression;
  return {
    ...expression,
    left: resolveAlias(expression.left, items),
    right: resolveAlias(expression.right, items),
  };
}

function resolveAlias(expression: Expression, items: readonly NamedItem[]): Expression {
  return expression.kind === 'literal' ? expression : resolveOutput(expression, items);
}

function groupKeys({ groupBy }: Select, items: readonly NamedItem[]): Expression[] {
  if (groupBy !== 'all') return groupBy;
  return items.map(({ expression }) => expression).filter((expression) => !hasAggregate(expression));
}

function hasAggregate(expression: Expression): boolean {
  return hasPart(expression, (part) => part.kind === 'call' && isAggregate(part.name));
}

function groupFrames(
  frames: readonly Frame[],
  keys: readonly Compiled[],
  aggregates: NonNullable<Scope['aggregates']>,
  around: Frame | null,
): Frame[] {
  const groups = new Map<
    string,
    { frame: Frame; running: ReturnType<(typeof aggregates)[number]['start']>[] }
  >();
  const start = (frame: Frame) => ({ frame, running: aggregates.map((aggregate) => aggregate.start()) });
  // Without keys there is one group, even without rows.
  if (keys.length === 0) groups.set('[]', start(frames[0] ?? frameOf([], around)));
  for (const frame of frames) {
    const key = groupKey(keys.map((part) => part.run(frame)));
    let group = groups.get(key);
    if (group === undefined) {
      group = start(frame);
      groups.set(key, group);
    }
    for (const running of group.running) running.add(frame);
  }
  return [...groups.values()].map(({ frame, running }) => ({
    ...frame,
    aggregates: running.map((each) => each.result()),
  }));
}

function sorted(
  frames: readonly Frame[],
  keys: readonly { key: Compiled; descending: boolean; nullsFirst: boolean }[],
): Frame[] {
  return frames
    .map((frame) => ({ frame, values: keys.map(({ key }) => key.run(frame)) }))
    .sort((a, b) => {
      for (const [index, { descending, nullsFirst }] of keys.entries()) {
        const [x = null, y = null] = [a.values[index], b.values[index]];
        const difference =
          x === null || y === null
            ? (Number(x === null) - Number(y === null)) * (nullsFirst ? -1 : 1)
            : order(x, y) * (descending ? -1 : 1);
        if (difference !== 0) return difference;
      }
      return 0;
    })
    .map(({ frame }) => frame);
}

function distinct(rows: readonly SqlValue[][]): Row[] {
  return [...new Map(rows.map((row) => [groupKey(row), row])).values()];
}
