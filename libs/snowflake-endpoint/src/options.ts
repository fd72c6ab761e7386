import type { User } from './logins.js';
import type { AfterWait } from './statements/execution.js';

export interface SnowflakeEndpointOptions {
  /** 0: any free one. */
  port: number;
  /** How long each statement takes, in milliseconds; others are not kept waiting. */
  holdMs: number;
  /** What happens to a request that comes twice: it gets the first one's answer, or it is executed again. */
  resends: 'dedupe' | 'run-both';
  /** What an UPDATE looks at after it waited for a lock. */
  afterWait: AfterWait;
  /** A transaction that blocks others and is idle for so long is rolled back. */
  idleAbortMs: number;
  /** Statements that may wait for one lock. */
  maxWaiters: number;
  /** After so long a statement is answered as in progress. */
  inProgressAfterMs: number;
  /** Who may log in, by names in upper case; null for everybody, whatever they bring. */
  users: Record<string, User> | null;
  account: string;
  database: string;
  schema: string;
  /** An object in JSON that this warehouse does not take all the same. */
  unparseable: (text: string) => boolean;
  /** The longest VARIANT. */
  maxVariantBytes: number;
  /**
   * For benchmarks: TRY_PARSE_JSON takes text in braces for an object without a look at it, and of a list that is split
   * at separators the third row stands for all that follow.
   */
  trustJson: boolean;
  /** Tables whose inserted rows are counted and not kept. */
  countOnly: readonly string[];
}

/** Snowflake's own figures, where it has some. */
export const DEFAULT_OPTIONS: SnowflakeEndpointOptions = {
  port: 0,
  holdMs: 0,
  resends: 'dedupe',
  afterWait: 'reevaluate',
  idleAbortMs: 300_000,
  maxWaiters: 20,
  inProgressAfterMs: 45_000,
  users: null,
  account: 'TESTACCOUNT',
  database: 'CAVES_ALBERT',
  schema: 'RAW_DATA',
  unparseable: () => false,
  maxVariantBytes: 128 * 1024 * 1024,
  trustJson: false,
  countOnly: [],
};
