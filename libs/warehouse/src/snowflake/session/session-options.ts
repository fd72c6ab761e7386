import type { Secret } from '#settings';
import type { Login } from './authentication.js';

/** Where Snowflake is, who we are there, and how long we wait. */
export interface SessionOptions {
  /** The account identifier, such as myorg-myaccount. */
  account: string;
  /** Where the account is reached if that is not its own address. */
  accessUrl?: string | undefined;
  proxy?: Fresh<Proxy> | undefined;
  login: Fresh<Login>;
  /** The user's default where it is unset. */
  role?: string | undefined;
  /** As Snowflake reads names: upper-cased unless in double quotes. So are database and schema. */
  warehouse: string;
  database: string;
  schema: string;
  /** Found again in QUERY_HISTORY beside every statement. */
  queryTag: string;
  /** How long a statement waits for another transaction's lock. */
  lockTimeoutSeconds: number;
  /** Snowflake ends a statement that runs for longer. */
  statementTimeoutSeconds: number;
  /** A statement without an answer for this long is taken for lost, and its connection with it. */
  requestTimeoutMs: number;
}

/** A value, or what gives the one of now: asked for whenever a session is opened. */
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
  /** The size of the text that one statement carries, in bytes; a single row may be larger. */
  maxBindBytes: number;
  /** The longest value that SALES_EVENTS_DLQ keeps whole, in bytes of UTF-8; `maxBindBytes` if unset. */
  maxDeadLetterValueBytes?: number;
}
