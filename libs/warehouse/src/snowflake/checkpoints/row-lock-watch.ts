import { setTimeout as delay } from 'node:timers/promises';
import type { SessionOptions } from '../session/session-options.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { abortTransactions } from '../writing/abandoned-locks.js';

/** Snowflake lists a row lock once it has blocked a statement for about this long. */
const SHOWN_AFTER_SECONDS = 5;

/** The transactions of our own user whose row locks block another one. SHOW LOCKS names neither table nor time of them. */
const SELECT_HOLDERS = `
  SELECT DISTINCT "transaction"::VARCHAR AS ID FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))
  WHERE "type" = 'ROW' AND "status" = 'HOLDING'`;

/**
 * Ends transactions of killed processes that hold the rows which a statement waits for. SHOW LOCKS lists a row lock only
 * while it blocks somebody, so another session has to look during the wait. It measures the time itself: a holder that it
 * sees for as long as a statement may wait is abandoned.
 *
 * Best effort: Snowflake itself ends a transaction on hybrid tables that is idle for five minutes.
 */
export class RowLockWatch {
  /** When each holder was first seen, on the monotonic clock. */
  #seenSince = new Map<string, number>();

  constructor(private readonly options: SessionOptions) {}

  /** How long a statement waits for a row: until an abandoned transaction has been listed, and seen for long enough. */
  get waitSeconds(): number {
    return this.options.lockTimeoutSeconds + 3 * SHOWN_AFTER_SECONDS;
  }

  /** Looks on while the statement waits. */
  async during<T>(statement: Promise<T>): Promise<T> {
    const isOver = new AbortController();
    const looking = this.#lookUntil(isOver.signal);
    // Best effort, and the statement must not wait for it.
    looking.catch(() => undefined);
    try {
      return await statement;
    } finally {
      isOver.abort();
    }
  }

  async #lookUntil(isOver: AbortSignal): Promise<void> {
    const everyMs = Math.min(SHOWN_AFTER_SECONDS, this.options.lockTimeoutSeconds) * 1_000;
    let session: SnowflakeSession | null = null;
    try {
      for (;;) {
        await delay(everyMs, undefined, { signal: isOver, ref: false });
        session ??= await SnowflakeSession.open(this.options);
        if (isOver.aborted) return;
        await this.#endAbandoned(session);
      }
    } finally {
      await session?.end();
    }
  }

  async #endAbandoned(session: SnowflakeSession): Promise<void> {
    await session.execute('SHOW LOCKS');
    const holders = (await session.query(SELECT_HOLDERS)).map((row) => String(row['ID']));
    const now = performance.now();
    this.#seenSince = new Map(holders.map((id) => [id, this.#seenSince.get(id) ?? now]));
    const abandoned = holders.filter((id) => now - (this.#seenSince.get(id) ?? now) >= this.#heldForMs);
    await abortTransactions(session, abandoned);
  }

  get #heldForMs(): number {
    return this.options.lockTimeoutSeconds * 1_000;
  }
}
