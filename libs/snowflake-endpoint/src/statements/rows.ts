import { compilationError, sqlError } from '../errors.js';
import { compileIn } from '../sql/evaluation/query.js';
import type { Environment } from '../sql/evaluation/scope.js';
import { frameOf, Scope } from '../sql/evaluation/scope.js';
import type { ColumnDefinition } from '../sql/parsing/syntax.js';
import type { SqlType, SqlValue } from '../sql/types.js';
import { cast, typeText, Variant } from '../sql/types.js';
import type { Result } from '../state/result.js';
import { FIXED, TEXT } from '../sql/types.js';
import type { Row, Table } from '../state/tables.js';

/**
 * Returns a function that converts values to rows of the table: in the order of its columns, with defaults.
 *
 * @param columns the columns that the statement names, or null for all
 */
export function rowMaker(
  table: Table,
  columns: readonly string[] | null,
  environment: Environment,
): (values: readonly SqlValue[]) => Row {
  const named = columns ?? table.columns.map(({ name }) => name);
  const places = named.map((name) => table.indexOf(name));
  const compile = compileIn(new Scope(environment, null, new Map()));
  const cells = table.columns.map((column, index) => {
    const place = places.indexOf(index);
    const missing = column.default === null ? null : compile(column.default).run(frameOf([], null));
    return { column, place, missing };
  });
  return (values) => {
    if (values.length !== places.length) {
      throw compilationError(
        `Insert value list does not match column list expecting ${places.length} but got ${values.length}`,
      );
    }
    return cells.map(({ column, place, missing }) =>
      fit(place < 0 ? missing : (values[place] ?? null), column),
    );
  };
}

/** The value as the column keeps it. @throws SqlError if it does not fit */
export function fit(value: SqlValue, { name, type, nullable }: ColumnDefinition): SqlValue {
  refuseText(value, type, name);
  const fitted = cast(value, type);
  if (fitted === null && !nullable) {
    throw sqlError('nullInRequiredColumn', `NULL result in a non-nullable column`);
  }
  return fitted instanceof Variant ? fitted.packed() : fitted;
}

/** Text becomes semi-structured only through PARSE_JSON and similar functions. */
function refuseText(value: SqlValue, type: SqlType, column: string): void {
  const nested = type.name === 'variant' || type.name === 'object' || type.name === 'array';
  if (!nested || value === null || value instanceof Variant) return;
  throw sqlError(
    'typeMismatch',
    `SQL compilation error:\nExpression type does not match column data type, expecting ${typeText(type)} ` +
      `but got ${typeof value === 'string' ? `VARCHAR(${value.length})` : typeof value} for column ${column}`,
  );
}

/** The result of a statement that changed rows; the driver adds up its numbers. */
export function changed(statementTypeId: number, counts: Record<string, number>): Result {
  return {
    columns: Object.keys(counts).map((name) => ({ name, type: FIXED })),
    rows: [Object.values(counts)],
    statementTypeId,
  };
}

/** The result of a statement that returns no rows. */
export function done(statementTypeId: number, message = 'Statement executed successfully.'): Result {
  return { columns: [{ name: 'status', type: TEXT }], rows: [[message]], statementTypeId };
}
