import type { Secret } from '#settings';
import type { Login } from './authentication.js';

/** Address, credentials and time limits. */
export interface SessionOptions {
  /** The account identifier, such as myorg-myaccount. */
  account: string;
  /** The URL of the account, if it is not the default one. */
  accessUrl?: string | undefined;
  proxy?: Fresh<Proxy> | undefined;
  login: Fresh<Login>;
  /** The user's default role if unset. */
  role?: string | undefined;
  /** Snowflake upper-cases this name, and those of database and schema, unless they are in double quotes. */
  warehouse: string;
  database: string;
  schema: string;
  /** Shown in QUERY_HISTORY with every statement. */
  queryTag: string;
  /** How long a statement waits for another transaction's lock. */
  lockTimeoutSeconds: number;
  /** Snowflake ends a statement that runs for longer. */
  statementTimeoutSeconds: number;
  /** A statement without a response for this long is considered lost, and its connection too. */
  requestTimeoutMs: number;
}

/** A value, or a function that returns the current one; called whenever a session is opened. */
export type Fresh<T> = T | (() => T);

export function valueOf<T extends object>(fresh: Fresh<T>): T {
  return typeof fresh === 'function' ? fresh() : fresh;
}

export interface Proxy {
  host: string;
  port: number;
  user?: string | undefined;
  password?: Secret | undefined;
}

export interface SnowflakeOptions extends SessionOptions {
  consumerGroup: string;
  /** Limit of the bind of one statement, in bytes as sent; a single row may be larger. */
  maxBindBytes: number;
  /** The longest value that SALES_EVENTS_DLQ keeps whole, in bytes of UTF-8; 15 MiB if unset. */
  maxDeadLetterValueBytes?: number;
}
