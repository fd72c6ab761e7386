import { randomUUID } from 'node:crypto';
import type { Result } from './result.js';
import type { Table } from './tables.js';
import type { Transaction } from './transactions.js';

const DEFAULT_PARAMETERS: Record<string, string> = {
  AUTOCOMMIT: 'true',
  HYBRID_TABLE_LOCK_TIMEOUT: '3600',
  LOCK_TIMEOUT: '43200',
  QUERY_TAG: '',
  READ_LATEST_WRITES: 'false',
  STATEMENT_TIMEOUT_IN_SECONDS: '172800',
  TIMEZONE: 'America/Los_Angeles',
  TRANSACTION_ABORT_ON_ERROR: 'false',
};

/** Parameters that a client may set, but that have no effect here. */
const OTHER_PARAMETERS = new Set([
  'ABORT_DETACHED_QUERY',
  'ERROR_ON_NONDETERMINISTIC_UPDATE',
  'GEOGRAPHY_OUTPUT_FORMAT',
  'JSON_INDENT',
  'LOG_LEVEL',
  'MULTI_STATEMENT_COUNT',
  'ROWS_PER_RESULTSET',
  'STATEMENT_QUEUED_TIMEOUT_IN_SECONDS',
  'STRICT_JSON_OUTPUT',
  'TRANSACTION_DEFAULT_ISOLATION_LEVEL',
  'USE_CACHED_RESULT',
  'WEEK_START',
]);

export function isParameter(name: string): boolean {
  return (
    Object.hasOwn(DEFAULT_PARAMETERS, name) ||
    OTHER_PARAMETERS.has(name) ||
    /^(CLIENT_|TIMESTAMP_|DATE_|TIME_|BINARY_)/.test(name)
  );
}

let lastSessionId = 0;

/** A logged-in client's session, until the server ends it. */
export class Session {
  readonly id = ++lastSessionId;
  readonly masterToken = randomUUID();
  token = randomUUID();
  /** With an expired token, requests fail with 390112 until the client renews it. */
  tokenExpired = false;
  readonly parameters = new Map(Object.entries(DEFAULT_PARAMETERS));
  readonly temporaryTables = new Map<string, Table>();
  transaction: Transaction | null = null;
  /** TRANSACTION_ABORT_ON_ERROR ended the transaction: only COMMIT and ROLLBACK are accepted. */
  transactionAborted = false;
  lastQueryId: string | null = null;
  lastResult: Result | null = null;

  constructor(
    readonly user: string,
    public warehouse: string | null,
    public database: string | null,
    public schema: string | null,
    public role: string,
  ) {}

  parameter(name: string): string {
    return this.parameters.get(name) ?? '';
  }

  flag(name: string): boolean {
    return this.parameter(name).toLowerCase() === 'true';
  }

  resetParameter(name: string): void {
    const value = DEFAULT_PARAMETERS[name];
    if (value === undefined) this.parameters.delete(name);
    else this.parameters.set(name, value);
  }

  renewToken(): void {
    this.token = randomUUID();
    this.tokenExpired = false;
  }
}

/** All sessions that have logged in and not ended. */
export class Sessions {
  private readonly byId = new Map<number, Session>();

  add(session: Session): void {
    this.byId.set(session.id, session);
  }

  remove(session: Session): void {
    this.byId.delete(session.id);
  }

  all(): Session[] {
    return [...this.byId.values()];
  }

  withToken(token: string): Session | undefined {
    return this.all().find((session) => session.token === token);
  }

  withMasterToken(token: string): Session | undefined {
    return this.all().find((session) => session.masterToken === token);
  }

  clear(): void {
    this.byId.clear();
  }
}
