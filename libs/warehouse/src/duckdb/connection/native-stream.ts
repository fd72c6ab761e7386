import type { DuckDBConnection, DuckDBResult, Json } from '@duckdb/node-api';
import { Cancellation } from './cancellation.js';
import { queryReadOnly } from './read-only.js';
import type { Access, SqlValue, StreamedRows } from './sql-connection.js';

/** Streams a query's rows, and closes the connection after the last one. */
export async function streamRows(
  connection: DuckDBConnection,
  access: Access,
  { sql, binds }: { sql: string; binds: readonly SqlValue[] },
  signal?: AbortSignal,
): Promise<StreamedRows> {
  const cancellation = new Cancellation();
  const cancel = () => {
    cancellation.begin(connection);
  };
  signal?.addEventListener('abort', cancel);
  const close = () => {
    signal?.removeEventListener('abort', cancel);
    cancellation.end();
    connection.closeSync();
  };
  try {
    signal?.throwIfAborted();
    const result =
      access === 'READ_ONLY'
        ? (await queryReadOnly(connection, sql, binds)).result
        : await connection.stream(sql, [...binds]);
    return {
      columns: result.deduplicatedColumnNames(),
      types: typeNames(result),
      chunks: chunksOf(result, close),
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** DuckDB's names of the column types; JSON is another name of VARCHAR. */
export function typeNames(result: DuckDBResult): string[] {
  return result.columnTypes().map((type) => type.alias ?? String(type));
}

async function* chunksOf(result: DuckDBResult, close: () => void): AsyncGenerator<Json[][]> {
  try {
    yield* result.yieldRowsJson();
  } finally {
    close();
  }
}
