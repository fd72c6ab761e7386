import type { DuckDBConnection } from '@duckdb/node-api';
import type { SqlConnection, SqlValue } from './sql-connection.js';
import { withStagedRows } from './staged-rows-function.js';
import type { StagedRow, StagedTable } from './staged-rows.js';

/** A connection within this process. */
export class NativeConnection implements SqlConnection {
  constructor(private readonly connection: DuckDBConnection) {}

  async run(sql: string, binds: readonly SqlValue[] = []): Promise<number> {
    return (await this.connection.run(sql, [...binds])).rowsChanged;
  }

  async rows<Row extends object>(sql: string, binds: readonly SqlValue[] = []): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql, [...binds]);
    return reader.getRowObjectsJson() as Row[];
  }

  stage<T>(table: StagedTable, rows: Iterable<StagedRow>, work: (source: string) => Promise<T>): Promise<T> {
    return withStagedRows(table, rows, work);
  }
}
