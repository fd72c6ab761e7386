import { compilationError, sqlError, SqlError } from '../errors.js';
import { parseJson, type JsonRules } from '../sql/evaluation/json.js';
import { compileQuery } from '../sql/evaluation/query.js';
import type { Environment } from '../sql/evaluation/scope.js';
import type { StreamingCopy } from '../sql/parsing/syntax.js';
import { Variant, VARIANT, type Json, type SqlValue } from '../sql/types.js';
import type { Row, Table } from '../state/tables.js';
import { fit, rowMaker } from '../statements/rows.js';

/** What becomes of a line of NDJSON: rows of the table (none if a filter drops it), or the message of its refusal. */
export type Mapped = { rows: Row[] } | { refused: string };

export type MapLine = (line: string) => Mapped;

/**
 * Compiles what a pipe does with each row. The defaults of its columns are computed once.
 *
 * @throws SqlError if the pipe does not fit its table
 */
export function compilePipe(copy: StreamingCopy, table: Table, json: JsonRules): MapLine {
  const map = copy.match === null ? transformation(copy, table, json) : byColumnName(table, copy.match);
  // Only JSON that the pipe itself parses can be refused on demand.
  const rules = { ...json, unparseable: () => false };
  return (line) => {
    try {
      return { rows: map(parseRow(line, rules)) };
    } catch (error) {
      // ON_ERROR = CONTINUE: a row that does not fit is left out, and counted.
      if (error instanceof SqlError) return { refused: error.message };
      throw error;
    }
  };
}

/** The default pipe of a table. */
export function compileDefaultPipe(table: Table, json: JsonRules): MapLine {
  const query = { with: [], selects: [], orderBy: [], limit: null };
  const name = { parts: [], name: table.name };
  return compilePipe({ table: name, columns: null, query, match: 'CASE_INSENSITIVE', text: '' }, table, json);
}

function parseRow(line: string, json: JsonRules): Variant {
  const row = parseJson(line, '', json);
  const value = row?.value;
  if (row === null || typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw sqlError('jsonNotParsed', 'Error parsing JSON: a row must be a JSON object');
  }
  return row;
}

/** A column that the row does not name is NULL: MATCH_BY_COLUMN_NAME ignores defaults. Other keys are ignored. */
function byColumnName(table: Table, match: NonNullable<StreamingCopy['match']>): (row: Variant) => Row[] {
  const fold = (name: string) => (match === 'CASE_INSENSITIVE' ? name.toUpperCase() : name);
  return (row) => {
    const values = new Map(entriesOf(row).map(([key, value]) => [fold(key), value]));
    return [table.columns.map((column) => fit(sqlValue(values.get(fold(column.name)) ?? null), column))];
  };
}

function entriesOf(row: Variant): [string, Json][] {
  return Object.entries(exactNumbers(row.text) as Record<string, Json>);
}

const LONG_NUMBER = /\d{16}/;

/** Parses JSON; numbers with more digits than a double holds keep their text. */
function exactNumbers(text: string): Json {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text) as Json;
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && String(value) !== source
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source)
      : value;
  }) as Json;
}

function sqlValue(value: Json): SqlValue {
  return value === null ? null : Variant.ofText(JSON.stringify(value));
}

/** The pipe's SELECT, run for one row at a time. */
function transformation(copy: StreamingCopy, table: Table, json: JsonRules): (row: Variant) => Row[] {
  let current: Row = [];
  const environment: Environment = {
    ...PIPE_ENVIRONMENT,
    now: new Date(),
    json,
    streamed: () => ({ columns: [{ name: '$1', type: VARIANT }], rows: () => [current] }),
  };
  const { rows, columns } = compileQuery(copy.query, environment, null, new Map());
  const toRow = rowMaker(table, copy.columns, environment);
  const expected = copy.columns?.length ?? table.columns.length;
  if (columns.length !== expected) {
    throw compilationError(
      `Insert value list does not match column list expecting ${expected} but got ${columns.length}`,
    );
  }
  return (row) => {
    current = [row];
    return rows(null).map(toRow);
  };
}

const refuse = (): never => {
  throw compilationError('A streaming pipe reads its streaming source only.');
};

const PIPE_ENVIRONMENT: Omit<Environment, 'now' | 'json' | 'streamed'> = {
  binds: [],
  timeZone: 'America/Los_Angeles',
  relation: refuse,
  view: () => null,
  lastResult: refuse,
  context: () => null,
  abortTransaction: refuse,
};
