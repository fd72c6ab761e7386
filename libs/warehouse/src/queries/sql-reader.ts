import type { Fault } from '#pipeline';
import type { Statement } from './statements.js';

export interface QueryColumn {
  name: string;
  /** How JSON shows it: a number, JSON inside JSON, or text. */
  kind: 'number' | 'json' | 'boolean' | 'text';
}

/** Values as text, exact to the last digit. */
export type QueryRow = readonly (string | null)[];

/** The result of a query. Rows are fetched while they are read; ending the iteration early cancels the query. */
export interface QueryResult {
  columns: readonly QueryColumn[];
  rows: AsyncIterable<QueryRow>;
}

/** The warehouse refuses the statement, in its own words, which may quote the statement and what it reads. */
export class QueryError extends Error {
  override name = 'QueryError';
}

/** The port for people who query the warehouse. It cannot change anything. */
export interface SqlReader {
  /** Splits a text into statements, as the warehouse reads it. */
  statements(text: string): Statement[];
  /**
   * Runs one statement that only reads.
   *
   * @param signal cancels it in the warehouse
   * @throws QueryError, FaultError
   */
  query(sql: string, signal: AbortSignal): Promise<QueryResult>;
  open(): Promise<Fault[]>;
  close(): Promise<void>;
}
