import type { User } from './logins.js';
import type { AfterWait } from './statements/execution.js';

export interface SnowflakeEndpointOptions {
  /** 0, if unset: any free one. */
  port?: number;
  /** How long each statement takes, in milliseconds; others are not kept waiting. 0 if unset. */
  holdMs?: number;
  /** What happens to a request that comes twice; `dedupe` if unset. */
  resends?: 'dedupe' | 'run-both';
  /** What an UPDATE looks at after it waited for a lock; `reevaluate` if unset. */
  afterWait?: AfterWait;
  /** A transaction that blocks others and is idle for so long is rolled back; 5 minutes if unset. */
  idleAbortMs?: number;
  /** Statements that may wait for one lock; 20 if unset. */
  maxWaiters?: number;
  /** After so long a statement is answered as in progress; 45 seconds if unset. */
  inProgressAfterMs?: number;
  /** Who may log in, by names in upper case; if unset, everybody. */
  users?: Record<string, User>;
  account?: string;
  database?: string;
  schema?: string;
  /** Text that is JSON, but not to this warehouse. */
  unparseable?: (text: string) => boolean;
  /** The longest VARIANT; 128 MB if unset. */
  maxVariantBytes?: number;
  /** TRY_PARSE_JSON takes text in braces for an object without a look at it: for benchmarks. */
  trustJson?: boolean;
  /** Tables whose inserted rows are counted and not kept. */
  countOnly?: readonly string[];
}
