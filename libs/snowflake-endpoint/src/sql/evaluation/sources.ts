import type { Column, Row } from '../../state/tables.js';
import type { Compile } from './compile.js';
import { sampledList } from './long-lists.js';
import type { CompiledQuery, Frame, Scope } from './scope.js';
import type { Query, Source } from '../parsing/syntax.js';
import type { Json, SqlValue } from '../types.js';
import { FIXED, TEXT, Variant, VARIANT } from '../types.js';

export type CompileSubquery = (query: Query, outer: Scope | null) => CompiledQuery;

export interface CompiledSource {
  alias: string | null;
  columns: Column[];
  rows: (frame: Frame) => Row[];
}

export function compileSource(
  source: Source,
  scope: Scope,
  compile: Compile,
  compileSubquery: CompileSubquery,
): CompiledSource {
  const bare = compileBareSource(source, scope, compile, compileSubquery);
  const columns = renamed(bare.columns, source.columnAliases);
  return { ...bare, columns, alias: source.alias ?? bare.alias };
}

function renamed(columns: readonly Column[], names: readonly string[]): Column[] {
  return columns.map(({ name, type }, index) => ({ name: names[index] ?? name, type }));
}

function compileBareSource(
  source: Source,
  scope: Scope,
  compile: Compile,
  compileSubquery: CompileSubquery,
): CompiledSource {
  const { environment } = scope;
  switch (source.kind) {
    case 'table': {
      const { name } = source.name;
      const shared = scope.shared.get(name);
      if (shared !== undefined) return { alias: name, ...subquery(compileSubquery(shared, null)) };
      const view = environment.view(source.name);
      if (view !== null) {
        const { columns, rows } = subquery(compileSubquery(view.query, null));
        return { alias: name, columns: renamed(columns, view.columns), rows };
      }
      const { columns, rows } = environment.relation(source.name);
      return { alias: name, columns, rows: () => rows };
    }
    case 'query':
      return { alias: null, ...subquery(compileSubquery(source.query, scope.outer)) };
    case 'flatten': {
      const sampled = environment.json.trusting
        ? sampledList(source.input, compile, (item, index) => itemRow(item, index, null))
        : null;
      if (sampled !== null) return { alias: null, columns: FLATTEN_COLUMNS, rows: sampled };
      const input = compile(source.input);
      return {
        alias: null,
        columns: FLATTEN_COLUMNS,
        rows: (frame) => flatten(input.run(frame), source.outer),
      };
    }
    case 'values': {
      const rows = source.rows.map((row) => row.map(compile));
      const columns = (rows[0] ?? []).map(({ type }, index) => ({ name: `COLUMN${index + 1}`, type }));
      return { alias: null, columns, rows: (frame) => rows.map((row) => row.map((cell) => cell.run(frame))) };
    }
    case 'streaming-source':
      return { alias: null, ...environment.streamed() };
    case 'result-scan': {
      const { columns, rows } = environment.lastResult();
      return { alias: null, columns, rows: () => rows };
    }
  }
}

/** A subquery of the FROM clause does not depend on its neighbours, so it runs once for all of them. */
function subquery({ columns, rows }: CompiledQuery): Pick<CompiledSource, 'columns' | 'rows'> {
  let last: { outer: Frame | null; rows: Row[] } | null = null;
  return {
    columns,
    rows: ({ outer }) => {
      if (last?.outer !== outer) last = { outer, rows: rows(outer) };
      return last.rows;
    },
  };
}

const FLATTEN_COLUMNS: Column[] = [
  { name: 'SEQ', type: FIXED },
  { name: 'KEY', type: TEXT },
  { name: 'PATH', type: TEXT },
  { name: 'INDEX', type: FIXED },
  { name: 'VALUE', type: VARIANT },
  { name: 'THIS', type: VARIANT },
];

function itemRow(item: Json, index: number, list: Variant | null): Row {
  return [1, null, `[${index}]`, index, Variant.of(item), list];
}

function flatten(input: SqlValue, outer: boolean): Row[] {
  const whole = input instanceof Variant ? input : null;
  const json: Json = whole?.value ?? null;
  if (Array.isArray(json)) {
    return json.map((item, index) => itemRow(item, index, whole));
  }
  if (typeof json === 'object' && json !== null) {
    return Object.entries(json).map(([key, item]) => [1, key, key, null, Variant.of(item), whole]);
  }
  return outer ? [[1, null, '', null, null, whole]] : [];
}
