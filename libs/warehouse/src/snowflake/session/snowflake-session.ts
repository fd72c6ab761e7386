import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bind, Connection, ConnectionOptions, RowStatement } from 'snowflake-sdk';
import { credentials, type Login } from './authentication.js';
import { createConnection } from '../snowflake-sdk-3.3.0/driver.js';
import { BindLimit } from '../binding/bind-limit.js';
import { PLAIN } from '../binding/list-binding.js';
import { ListSender } from '../binding/list-sender.js';
import { valueOf, type SessionOptions } from './session-options.js';
import { SingleSend } from './single-send.js';
import { AS_TEXT, textRows, type TextRows } from './text-rows.js';
import { fromDriver, leavesSessionUsable, SnowflakeError, TOO_LARGE } from './snowflake-error.js';

/** A login does not wait for statements or locks. */
const LONGEST_LOGIN_MS = 60_000;
/** How long to wait for Snowflake to end a session and release its locks. */
const LONGEST_END_MS = 2_000;

/** What Snowflake recommends for a statement. */
export const DEFAULT_MAX_BIND_BYTES = 1_000_000;

/** A row by column name, as the driver returns it: integers as numbers, JSON parsed. */
export type SnowflakeRow = Record<string, unknown>;

/**
 * A Snowflake session. It runs one statement at a time; each is sent once, and given up when its response is late. After
 * an error that leaves the session unusable (see `leavesSessionUsable`), the caller must end it: an open transaction
 * would keep its lock.
 *
 * AUTOCOMMIT is off: the first change opens a transaction, and only COMMIT commits. With AUTOCOMMIT, a session whose
 * transaction somebody else ended would go on to commit single statements.
 */
export class SnowflakeSession {
  lists = new ListSender(PLAIN, new BindLimit(DEFAULT_MAX_BIND_BYTES));

  private constructor(
    private readonly connection: Connection,
    private readonly options: Pick<SessionOptions, 'requestTimeoutMs' | 'statementTimeoutSeconds'>,
  ) {}

  /**
   * Logs in.
   *
   * @throws SnowflakeError, and FaultError if a private key cannot be used
   */
  static async open(options: SessionOptions): Promise<SnowflakeSession> {
    const login = valueOf(options.login);
    const connection = await created(options, login);
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    let isLate = false;
    const watchdog = setTimeout(
      () => {
        isLate = true;
        reject(new SnowflakeError('NO_ANSWER', '', false));
      },
      Math.min(options.requestTimeoutMs, LONGEST_LOGIN_MS),
    );
    const session = new SnowflakeSession(connection, options);
    connection.connect((error) => {
      // Null, although its type says undefined.
      if (error) reject(loginError(error, login));
      else if (isLate) void session.end();
      else resolve(undefined);
    });
    try {
      await promise;
    } finally {
      clearTimeout(watchdog);
    }
    try {
      await session.execute(parameters(options));
      // A separate statement: some emulators support only that form.
      await session.execute('ALTER SESSION SET AUTOCOMMIT = FALSE');
      return session;
    } catch (error) {
      await session.end();
      throw error;
    }
  }

  /**
   * Returns the number of rows that the statement changed; 0 for other statements.
   *
   * @param requestId by which Snowflake recognizes a repeated statement
   * @throws SnowflakeError
   */
  async execute(sql: string, binds: Bind[] = [], requestId: string = randomUUID()): Promise<number> {
    return this.#send(sql, binds, changedRows, requestId);
  }

  /** @throws SnowflakeError */
  async query(sql: string, binds: Bind[] = []): Promise<SnowflakeRow[]> {
    return this.#send(sql, binds, allRows);
  }

  /**
   * Runs a query that may take longer than the session's time-outs allow.
   *
   * @throws SnowflakeError
   */
  async slowQuery(sql: string, binds: Bind[], longestSeconds: number): Promise<SnowflakeRow[]> {
    const { requestTimeoutMs, statementTimeoutSeconds } = this.options;
    const timeoutMs = longestSeconds * 1_000 + requestTimeoutMs;
    await this.execute(statementTimeout(longestSeconds));
    try {
      const rows = await this.#send(sql, binds, allRows, randomUUID(), timeoutMs);
      await this.execute(statementTimeout(statementTimeoutSeconds));
      return rows;
    } catch (error) {
      if (leavesSessionUsable(error)) await this.execute(statementTimeout(statementTimeoutSeconds));
      throw error;
    }
  }

  /**
   * Streams the rows of a query; the request timeout applies to each row.
   *
   * @throws SnowflakeError
   */
  async *stream(sql: string, binds: Bind[] = []): AsyncGenerator<SnowflakeRow> {
    const statement = await this.#send(sql, binds, async (sent) => sent);
    const rows = statement.streamRows();
    const iterator = rows[Symbol.asyncIterator]() as AsyncIterator<SnowflakeRow>;
    try {
      for (;;) {
        const next = await this.#inTime(iterator.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      rows.destroy();
    }
  }

  /**
   * Runs a query for people, whose values are streamed as text.
   *
   * @param signal cancels it at Snowflake
   * @throws SnowflakeError
   */
  async streamText(sql: string, signal: AbortSignal): Promise<TextRows> {
    const statement = await this.#send(sql, [], async (sent) => sent, randomUUID(), undefined, signal);
    return textRows(statement, (next) => this.#inTime(next));
  }

  /** Ends the session at Snowflake, and with it its transaction. Returns whether Snowflake confirmed it. */
  async end(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    try {
      this.connection.destroy((error) => {
        resolve(!error || fromDriver(error).code.startsWith('39'));
      });
    } catch {
      resolve(false);
    }
    return Promise.race([promise, delay(LONGEST_END_MS, false, { ref: false })]);
  }

  async #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const watchdog = setTimeout(() => {
      reject(new SnowflakeError('NO_ANSWER', '', false));
    }, this.options.requestTimeoutMs);
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      throw error instanceof SnowflakeError ? error : fromDriver(error);
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #send<T>(
    sqlText: string,
    binds: Bind[],
    read: (statement: RowStatement) => Promise<T>,
    requestId: string = randomUUID(),
    timeoutMs = this.options.requestTimeoutMs,
    signal?: AbortSignal,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const send = SingleSend.watch(requestId, (code) => {
      reject(new SnowflakeError(code, '', code === TOO_LARGE));
    });
    const watchdog = setTimeout(() => {
      reject(new SnowflakeError('NO_ANSWER', '', false));
      send.cut();
    }, timeoutMs);
    const sent = this.connection.execute({
      ...(signal === undefined ? {} : AS_TEXT),
      sqlText,
      binds,
      requestId,
      // Otherwise the driver resends a statement whose response it cannot read.
      streamResult: true,
      complete: (error, statement) => {
        send.forget();
        if (error) reject(fromDriver(error));
        else
          read(statement).then(resolve, (unreadable: unknown) => {
            reject(fromDriver(unreadable));
          });
      },
    });
    const cancel = () => {
      sent.cancel();
    };
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true) cancel();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
      clearTimeout(watchdog);
    }
  }
}

async function allRows(statement: RowStatement): Promise<SnowflakeRow[]> {
  const rows: SnowflakeRow[] = [];
  for await (const row of statement.streamRows()) rows.push(row as SnowflakeRow);
  return rows;
}

/**
 * The driver counts the changed rows for some types of statements only; for others the count is in the result itself, as
 * in "number of rows inserted".
 */
async function changedRows(statement: RowStatement): Promise<number> {
  const counted = statement.getNumUpdatedRows() ?? -1;
  if (counted >= 0) return counted;
  const names = (statement.getColumns() ?? []).map((column) => column.getName());
  const counts = names.filter((name) => name.startsWith('number of rows '));
  let changed = 0;
  if (counts.length === 0) return changed;
  for await (const row of statement.streamRows()) {
    for (const name of counts) changed += Number((row as SnowflakeRow)[name]);
  }
  return changed;
}

async function created(options: SessionOptions, login: Login): Promise<Connection> {
  const proxy = options.proxy === undefined ? undefined : valueOf(options.proxy);
  const { account, accessUrl, role, warehouse, database, schema, requestTimeoutMs } = options;
  const driverOptions: ConnectionOptions = {
    account,
    warehouse,
    database,
    schema,
    application: 'caves-albert-ingestion',
    timeout: requestTimeoutMs,
    // The callers retry with their own backoff.
    sfRetryMaxLoginRetries: 0,
    // Without keep-alive a session ends after four idle hours, and a quiet topic would cost a login.
    clientSessionKeepAlive: true,
    ...(accessUrl === undefined ? {} : { accessUrl }),
    ...(role === undefined ? {} : { role }),
    ...(proxy === undefined ? {} : { proxyHost: proxy.host, proxyPort: proxy.port }),
    ...(proxy?.user === undefined ? {} : { proxyUser: proxy.user }),
    ...(proxy?.password === undefined ? {} : { proxyPassword: proxy.password.reveal() }),
    ...credentials(login),
  };
  try {
    return await createConnection(driverOptions);
  } catch (error) {
    throw fromDriver(error);
  }
}

/** Errors that occur before the login request come from the identity provider. */
function loginError(error: unknown, { kind }: Login): SnowflakeError {
  const { code, text } = fromDriver(error);
  const { name } = error as Error;
  const isDrivers = name.endsWith('Error') && /^(Network|RequestFailed|OperationFailed|Client)/.test(name);
  if (isDrivers) return new SnowflakeError(code, text, false);
  if (kind === 'workload_identity') return new SnowflakeError('WORKLOAD_IDENTITY', text, false);
  const isRefused = kind === 'oauth_client_credentials' && !/^(HTTP_5|HTTP_429|E[A-Z]{3})/.test(code);
  return new SnowflakeError(isRefused ? 'TOKEN_ENDPOINT' : code, text, false);
}

function parameters({ queryTag, lockTimeoutSeconds, statementTimeoutSeconds }: SessionOptions): string {
  return `ALTER SESSION SET
    QUERY_TAG = ${literal(queryTag)},
    LOCK_TIMEOUT = ${lockTimeoutSeconds},
    STATEMENT_TIMEOUT_IN_SECONDS = ${statementTimeoutSeconds},
    TIMEZONE = 'UTC',
    TRANSACTION_ABORT_ON_ERROR = TRUE`;
}

function statementTimeout(seconds: number): string {
  return `ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = ${seconds}`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
