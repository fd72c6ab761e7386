import { FIRST_TABLE } from '../checkpoints/checkpoint-tables.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';

/**
 * The shortest LOCK_TIMEOUT that the settings take, for every pod: no transaction of ours that was over sooner was
 * ended by another pod, nor by Snowflake, which gives an idle one five minutes.
 */
export const SHORTEST_LOCK_TIMEOUT_SECONDS = 5;

/** A statement waited for longer than LOCK_TIMEOUT. */
export const LOCK_TIMED_OUT = '000627';

/** Binds: a table. */
const RESOURCE = `CURRENT_DATABASE() || '.' || CURRENT_SCHEMA() || '.' || ?`;

/**
 * Ends transactions of our own user that have held a lock of the checkpoints for longer than a statement waits for it:
 * those of a process that was killed, which Snowflake itself ends only after five minutes. A living one holds the lock
 * for three statements; should one be that slow, its batch is tried again. Of all tables, whichever was waited for: a
 * claim that waits for an abandoned one has the first one's lock meanwhile.
 *
 * Best effort: the role may not be allowed to.
 *
 * @throws SnowflakeError if the session is of no use any more
 */
export async function endAbandonedTransactions(
  session: SnowflakeSession,
  heldForSeconds: number,
  tables: readonly string[] = [FIRST_TABLE],
): Promise<void> {
  try {
    // Not read here, and below as text: the driver makes numbers of the ids, which are too long for that.
    await session.execute('SHOW LOCKS');
    const holders = await session.query(
      `SELECT DISTINCT "transaction"::VARCHAR AS ID FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))
       WHERE "status" = 'HOLDING' AND "resource" IN (${tables.map(() => RESOURCE).join(', ')})
         AND "acquired_on" < DATEADD(second, ?, CURRENT_TIMESTAMP())`,
      [...tables, -heldForSeconds],
    );
    for (const { ID: id } of holders) {
      await session.query('SELECT SYSTEM$ABORT_TRANSACTION(?)', [String(id)]);
    }
  } catch (error) {
    if (!leavesSessionUsable(error)) throw error;
  }
}
