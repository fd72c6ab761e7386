import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { FaultError } from '#pipeline';
import { loadDuckDb } from '../file/load-duckdb.js';
import type { SqlValue } from './sql-connection.js';

/** Merges the log into the file; with `force_`, it ends the transactions of others. */
const MERGES_THE_LOG = /checkpoint["\s]*\(/i;

/** A query that runs in a transaction which cannot write. */
export interface ReadOnlyQuery {
  result: DuckDBResult;
  /** Ends the transaction. */
  end(): Promise<void>;
}

/**
 * Runs a statement that only reads. DuckDB itself says what kind of statement it is, and runs it in a read-only
 * transaction. The connection must have no access to other files.
 *
 * @throws FaultError if it is another kind of statement, or several
 */
export async function queryReadOnly(
  connection: DuckDBConnection,
  sql: string,
  binds: readonly SqlValue[],
): Promise<ReadOnlyQuery> {
  const { StatementType } = await loadDuckDb();
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1)
    throw notReading(statements.count === 0 ? 'no statement' : 'several statements');
  const statement = await statements.prepare(0);
  try {
    const { statementType } = statement;
    const isReading = statementType === StatementType.SELECT || statementType === StatementType.EXPLAIN;
    if (!isReading) throw notReading(StatementType[statementType]);
    if (MERGES_THE_LOG.test(withoutComments(sql))) throw notReading('checkpoint()');
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const end = async () => {
      await connection.run('ROLLBACK').catch(() => undefined);
    };
    try {
      statement.bind([...binds]);
      return { result: await statement.stream(), end };
    } catch (error) {
      await end();
      throw error;
    }
  } finally {
    statement.destroySync();
  }
}

function withoutComments(sql: string): string {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');
}

function notReading(what: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'NOT_READ_ONLY',
    message: `Only one statement that reads is run at a time, and this is ${what}`,
    remedy: 'Use SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN',
  });
}
