import { FaultError, type Fault } from '#pipeline';
import type { QueryResult, QueryRow, SqlReader } from '../../queries/sql-reader.js';
import { QueryError } from '../../queries/sql-reader.js';
import { SNOWFLAKE_SQL, splitStatements, type Statement } from '../../queries/statements.js';
import { toFault } from '../session/faults.js';
import type { SessionOptions } from '../session/session-options.js';
import { leavesSessionUsable, SnowflakeError } from '../session/snowflake-error.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { reasonToRefuse } from './reading-statement.js';

/** A person waits for the result, and can cancel it. */
const LONGEST_SECONDS = 3_600;

/** Queries on Snowflake, in one session that is opened again if it is lost. */
export class SnowflakeSqlReader implements SqlReader {
  readonly #options: SessionOptions;
  #session: SnowflakeSession | null = null;

  constructor(options: SessionOptions) {
    this.#options = {
      ...options,
      statementTimeoutSeconds: LONGEST_SECONDS,
      requestTimeoutMs: LONGEST_SECONDS * 1_000,
    };
  }

  statements(text: string): Statement[] {
    return splitStatements(text, SNOWFLAKE_SQL);
  }

  async open(): Promise<Fault[]> {
    try {
      this.#session ??= await SnowflakeSession.open(this.#options);
      return [];
    } catch (error) {
      return [toFault(error)];
    }
  }

  async query(sql: string, signal: AbortSignal): Promise<QueryResult> {
    const reason = reasonToRefuse(sql);
    if (reason !== null) throw notReading(reason);
    const [fault] = await this.open();
    if (fault !== undefined || this.#session === null)
      throw fault === undefined ? closed() : new FaultError(fault);
    try {
      const { columns, rows } = await this.#session.streamText(sql, signal);
      return { columns, rows: this.#rows(rows) };
    } catch (error) {
      throw await this.#toError(error);
    }
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }

  async *#rows(rows: AsyncIterable<QueryRow>): AsyncGenerator<QueryRow> {
    try {
      yield* rows;
    } catch (error) {
      throw await this.#toError(error);
    }
  }

  async #toError(error: unknown): Promise<Error> {
    if (leavesSessionUsable(error) && error instanceof SnowflakeError)
      return new QueryError(error.text, { cause: error });
    await this.close();
    return new FaultError(toFault(error));
  }
}

function closed(): QueryError {
  return new QueryError('The session is closed');
}

function notReading(reason: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'NOT_READ_ONLY',
    message: `Only statements that read are run, and this is not known to be one: ${reason}`,
    remedy: 'Use SELECT, WITH, VALUES, SHOW, DESCRIBE or EXPLAIN',
  });
}
