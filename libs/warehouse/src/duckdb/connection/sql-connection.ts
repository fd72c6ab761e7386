import type { Json } from '@duckdb/node-api';
import type { StagedRow, StagedTable } from './staged-rows.js';

export type Access = 'READ_ONLY' | 'READ_WRITE';

/** A bound value. */
export type SqlValue = string | number | null;

/** A connection to a DuckDB database: in this process, or in the process of the service. */
export interface SqlConnection {
  /** Runs one statement or several. Returns the number of rows that the last one changed. */
  run(sql: string, binds?: readonly SqlValue[]): Promise<number>;
  /** Returns all rows of a query. 64-bit integers are text, as they are in JSON. */
  rows<Row extends object>(sql: string, binds?: readonly SqlValue[]): Promise<Row[]>;
  /**
   * Gives `work` an expression for FROM clauses that returns these rows. Involves no SQL that data could be injected
   * into, and is several times as fast as binds.
   */
  stage<T>(table: StagedTable, rows: Iterable<StagedRow>, work: (source: string) => Promise<T>): Promise<T>;
}

/** The result of a query, fetched while it is read. */
export interface StreamedRows {
  columns: readonly string[];
  /** DuckDB's names of the column types. */
  types: readonly string[];
  /** Ending the iteration early cancels the query. */
  chunks: AsyncIterable<Json[][]>;
}

/** An open database: the connection for statements and transactions, and queries beside it. */
export interface WarehouseSession {
  readonly connection: SqlConnection;
  /**
   * Streams the rows of a query over a connection of its own, so that other statements can run meanwhile.
   *
   * @param signal cancels the query
   */
  stream(sql: string, binds?: readonly SqlValue[], signal?: AbortSignal): Promise<StreamedRows>;
  close(): Promise<void>;
}
