import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * Opens a DuckDB file independently of the service's code, and closes it after the work. No other process may have the
 * file open, unless all of them only read.
 */
export async function withDuckDbFile<T>(
  path: string,
  access: 'READ_ONLY' | 'READ_WRITE',
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  // A native library: loaded only by those who open a file.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(path, { access_mode: access });
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
