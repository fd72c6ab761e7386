import type { Column, Row } from '../tables.js';
import type { Compile } from './compile.js';
import type { CompiledQuery, Frame, Scope } from './scope.js';
import { frameOf } from './scope.js';
import type { Join, Query, Source } from './syntax.js';
import type { Json, SqlValue } from './types.js';
import { FIXED, TEXT, Variant, VARIANT } from './types.js';

type CompileSubquery = (query: Query, outer: Scope | null) => CompiledQuery;

interface CompiledSource {
  alias: string | null;
  columns: Column[];
  rows: (frame: Frame) => Row[];
}

/** Adds the sources to the scope, and answers how to join their rows to frames that are there already. */
export function compileJoins(
  joins: readonly Join[],
  scope: Scope,
  compile: Compile,
  compileSubquery: CompileSubquery,
): (frames: Frame[]) => Frame[] {
  const steps = joins.map(({ kind, source, on }) => {
    const compiled = compileSource(source, scope, compile, compileSubquery);
    scope.sources.push(compiled);
    return { kind, source: compiled, on: on === null ? null : compile(on) };
  });
  return (start) => {
    let frames = start;
    for (const { kind, source, on } of steps) {
      const next: Frame[] = [];
      for (const frame of frames) {
        const before = next.length;
        for (const row of source.rows(frame)) {
          const joined = frameOf([...frame.rows, row], frame.outer);
          if (on === null || on.run(joined) === true) next.push(joined);
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

function compileSource(
  source: Source,
  scope: Scope,
  compile: Compile,
  compileSubquery: CompileSubquery,
): CompiledSource {
  const bare = compileBareSource(source, scope, compile, compileSubquery);
  const columns = bare.columns.map(({ name, type }, index) => ({
    name: source.columnAliases[index] ?? name,
    type,
  }));
  return { ...bare, columns, alias: source.alias ?? bare.alias };
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
      const query = scope.shared.get(name) ?? environment.view(source.name);
      if (query !== null) return { alias: name, ...subquery(compileSubquery(query, null)) };
      const { columns, rows } = environment.relation(source.name);
      return { alias: name, columns, rows: () => rows };
    }
    case 'query':
      return { alias: null, ...subquery(compileSubquery(source.query, scope.outer)) };
    case 'flatten': {
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
    case 'result-scan': {
      const { columns, rows } = environment.lastResult();
      return { alias: null, columns, rows: () => rows };
    }
  }
}

/** A subquery of the FROM clause sees nothing of its neighbours, so it is read once for all of them. */
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

function flatten(input: SqlValue, outer: boolean): Row[] {
  const whole = input instanceof Variant ? input : null;
  const json: Json = whole?.value ?? null;
  if (Array.isArray(json)) {
    return json.map((item, index) => [1, null, `[${index}]`, index, Variant.of(item), whole]);
  }
  if (typeof json === 'object' && json !== null) {
    return Object.entries(json).map(([key, item]) => [1, key, key, null, Variant.of(item), whole]);
  }
  return outer ? [[1, null, '', null, null, whole]] : [];
}
