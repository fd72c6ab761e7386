import type { User } from './protocol/logins.js';
import type { SizeLimit } from './protocol/server.js';
import type { StreamingOptions } from './streaming/streaming.js';
import type { AfterWait } from './statements/execution.js';

export interface SnowflakeEndpointOptions extends SizeLimit, StreamingOptions {
  /** 0: any free one. */
  port: number;
  /** How long each statement takes, in milliseconds; it does not delay others. */
  holdMs: number;
  /** What happens to a repeated request: it gets the first one's response, or it is executed again. */
  resends: 'dedupe' | 'run-both';
  /** Which rows an UPDATE sees after it waited for a lock. */
  afterWait: AfterWait;
  /**
   * For how long a query may miss another session's last commit. Snowflake does not say how long; with
   * READ_CONSISTENCY_MODE = 'SESSION', its default, it allows it.
   */
  oldReadsMs: number;
  /** A transaction that blocks others and is idle for this long is rolled back. */
  idleAbortMs: number;
  /** The maximum number of statements that wait for one lock. */
  maxWaiters: number;
  /** Whether the account has hybrid tables; those of trials and on Google Cloud have none. */
  hybridTables: boolean;
  /** How long a row lock has to block a statement before SHOW LOCKS lists it. */
  rowLocksShownAfterMs: number;
  /** A statement that takes longer is reported as in progress. */
  inProgressAfterMs: number;
  /** Who may log in, by names in upper case; null accepts any credentials. */
  users: Record<string, User> | null;
  account: string;
  database: string;
  schema: string;
  /** Selects JSON objects that the warehouse refuses although they are valid. */
  unparseable: (text: string) => boolean;
  /** The limit of a VARIANT. */
  maxVariantBytes: number;
  /**
   * For benchmarks: TRY_PARSE_JSON takes text in braces for an object without parsing it, and the third row of a list that
   * is split at separators represents all that follow.
   */
  trustJson: boolean;
  /** Tables whose inserted rows are counted and not kept. */
  countOnly: readonly string[];
  /** `text`: the host name and the scoped token of Snowpipe Streaming come as plain text, and not as JSON. */
  streamingAnswers: 'json' | 'text';
  /** The host name of Snowpipe Streaming, for clients behind a proxy; the endpoint's own if null. */
  streamingHostname: string | null;
}

/** Snowflake's own figures, where it has some. */
export const DEFAULT_OPTIONS: SnowflakeEndpointOptions = {
  port: 0,
  holdMs: 0,
  resends: 'dedupe',
  afterWait: 'reevaluate',
  oldReadsMs: 0,
  idleAbortMs: 300_000,
  maxWaiters: 20,
  hybridTables: true,
  rowLocksShownAfterMs: 5_000,
  inProgressAfterMs: 45_000,
  users: null,
  account: 'TESTACCOUNT',
  database: 'CAVES_ALBERT',
  schema: 'RAW_DATA',
  unparseable: () => false,
  maxVariantBytes: 128 * 1024 * 1024,
  trustJson: false,
  countOnly: [],
  maxRequestBytes: Infinity,
  tooLarge: 'refuse',
  commitDelayMs: 20,
  repeatedAppends: 'refuse',
  streamingAnswers: 'json',
  streamingHostname: null,
};
