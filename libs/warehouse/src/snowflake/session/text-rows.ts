import type { Column, RowStatement, StatementOption } from 'snowflake-sdk';
import type { QueryColumn, QueryRow } from '../../queries/sql-reader.js';

/** Rows of a query as text. */
export interface TextRows {
  columns: QueryColumn[];
  rows: AsyncIterable<QueryRow>;
}

/** Options with which the driver returns rows as arrays of text: a number keeps all its digits. */
export const AS_TEXT: Partial<StatementOption> = {
  rowMode: 'array',
  fetchAsString: ['Boolean', 'Number', 'Date', 'Buffer', 'JSON'],
};

/** @param inTime fails if a row does not arrive in time */
export function textRows(statement: RowStatement, inTime: <T>(next: Promise<T>) => Promise<T>): TextRows {
  const columns = (statement.getColumns() ?? []).map((column) => ({
    name: column.getName(),
    kind: kindOf(column),
  }));
  return { columns, rows: rowsOf(statement, inTime) };
}

async function* rowsOf(
  statement: RowStatement,
  inTime: <T>(next: Promise<T>) => Promise<T>,
): AsyncGenerator<QueryRow> {
  const rows = statement.streamRows();
  const iterator = rows[Symbol.asyncIterator]() as AsyncIterator<readonly unknown[]>;
  try {
    for (;;) {
      const next = await inTime(iterator.next());
      if (next.done === true) return;
      yield next.value.map((value) => (value === null || value === undefined ? null : textOf(value)));
    }
  } finally {
    rows.destroy();
  }
}

function kindOf(column: Column): QueryColumn['kind'] {
  if (column.isNumber()) return 'number';
  if (column.isBoolean()) return 'boolean';
  return ['variant', 'object', 'array'].includes(column.getType().toLowerCase()) ? 'json' : 'text';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
