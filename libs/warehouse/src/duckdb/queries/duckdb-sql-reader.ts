import { access } from 'node:fs/promises';
import type { Json } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import type { QueryColumn, QueryResult, QueryRow, SqlReader } from '../../queries/sql-reader.js';
import { QueryError } from '../../queries/sql-reader.js';
import { DUCKDB_SQL, splitStatements, type Statement } from '../../queries/statements.js';
import type { StreamedRows, WarehouseSession } from '../connection/sql-connection.js';
import { noFile, toFault } from '../file/duckdb-fault.js';
import { DuckDbSession } from '../file/duckdb-session.js';
import { openWarehouse } from '../file/open-warehouse.js';

const NUMBERS = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/;

/**
 * Queries on a DuckDB file, through the service that has it open, if there is one. It has the file open only while a query
 * runs, so that a service can start between two of them.
 */
export class DuckDbSqlReader implements SqlReader {
  constructor(private readonly path: string) {}

  statements(text: string): Statement[] {
    return splitStatements(text, DUCKDB_SQL);
  }

  async open(): Promise<Fault[]> {
    const isThere = await access(this.path).then(
      () => true,
      () => false,
    );
    return isThere ? [] : [noFile(this.path)];
  }

  async query(sql: string, signal: AbortSignal): Promise<QueryResult> {
    const session = await this.#session();
    try {
      const streamed = await session.stream(sql, [], signal);
      return { columns: columnsOf(streamed), rows: rowsOf(streamed, session) };
    } catch (error) {
      await session.close();
      throw toQueryError(error);
    }
  }

  async close(): Promise<void> {
    // Nothing stays open between queries.
  }

  async #session(): Promise<WarehouseSession> {
    const { path } = this;
    try {
      return await openWarehouse(path, 'READ_ONLY', () => DuckDbSession.openForCommand(path, 'READ_ONLY'));
    } catch (error) {
      throw new FaultError(toFault(error, path));
    }
  }
}

function columnsOf({ columns, types }: StreamedRows): QueryColumn[] {
  return columns.map((name, index) => ({ name, kind: kindOf(types[index] ?? '') }));
}

function kindOf(type: string): QueryColumn['kind'] {
  if (NUMBERS.test(type)) return 'number';
  if (type === 'BOOLEAN') return 'boolean';
  return type === 'JSON' || /^(STRUCT|MAP|UNION)\(|\]$/.test(type) ? 'json' : 'text';
}

async function* rowsOf({ chunks }: StreamedRows, session: WarehouseSession): AsyncGenerator<QueryRow> {
  try {
    for await (const rows of chunks) for (const row of rows) yield row.map(textOf);
  } catch (error) {
    throw toQueryError(error);
  } finally {
    await session.close();
  }
}

function textOf(value: Json): string | null {
  if (value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function toQueryError(error: unknown): Error {
  if (error instanceof FaultError) return error;
  return new QueryError(error instanceof Error ? error.message : String(error), { cause: error });
}
