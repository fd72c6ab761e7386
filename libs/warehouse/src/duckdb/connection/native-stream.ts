import type { DuckDBConnection, DuckDBResult, Json } from '@duckdb/node-api';
import { queryReadOnly } from './read-only.js';
import type { Access, SqlValue, StreamedRows } from './sql-connection.js';

/** Streams a query's rows, and closes the connection after the last one. */
export async function streamRows(
  connection: DuckDBConnection,
  access: Access,
  { sql, binds }: { sql: string; binds: readonly SqlValue[] },
  signal?: AbortSignal,
): Promise<StreamedRows> {
  const cancel = () => {
    connection.interrupt();
  };
  signal?.addEventListener('abort', cancel);
  const close = () => {
    signal?.removeEventListener('abort', cancel);
    connection.closeSync();
  };
  try {
    const result =
      access === 'READ_ONLY'
        ? (await queryReadOnly(connection, sql, binds)).result
        : await connection.stream(sql, [...binds]);
    const types = result.columnTypes().map(String);
    return { columns: result.deduplicatedColumnNames(), types, chunks: chunksOf(result, close) };
  } catch (error) {
    close();
    throw error;
  }
}

async function* chunksOf(result: DuckDBResult, close: () => void): AsyncGenerator<Json[][]> {
  try {
    yield* result.yieldRowsJson();
  } finally {
    close();
  }
}
