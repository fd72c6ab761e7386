import { Logger } from '@nestjs/common';
import { FIRST_TABLE } from '../checkpoints/checkpoint-tables.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { toFault } from '../session/faults.js';
import { leavesSessionUsable, SnowflakeError } from '../session/snowflake-error.js';

const logger = new Logger('SnowflakeRepository');

/**
 * The shortest LOCK_TIMEOUT that the settings of any pod allow. A transaction of ours that took less was not ended by
 * another pod, nor by Snowflake, which ends idle ones after five minutes.
 */
export const SHORTEST_LOCK_TIMEOUT_SECONDS = 5;

/** A statement waited for longer than LOCK_TIMEOUT. */
export const LOCK_TIMED_OUT = '000627';

export function isLockTimeout(error: unknown): boolean {
  return error instanceof SnowflakeError && error.code === LOCK_TIMED_OUT;
}

/** Binds: a table. */
const RESOURCE = `CURRENT_DATABASE() || '.' || CURRENT_SCHEMA() || '.' || ?`;

/**
 * Ends transactions of our own user that have held a checkpoint lock for longer than a statement waits for it: those of
 * killed processes, which Snowflake itself ends only after five minutes. A live transaction holds the lock for three
 * statements; if it is that slow, its batch is retried. Covers all checkpoint tables, because a claim that waits for an
 * abandoned lock holds the lock of the first table meanwhile.
 *
 * Best effort: the role may lack the privilege.
 *
 * @throws SnowflakeError if the session is no longer usable
 */
export async function endAbandonedTransactions(
  session: SnowflakeSession,
  heldForSeconds: number,
  tables: readonly string[] = [FIRST_TABLE],
): Promise<void> {
  try {
    // The ids are read below, as text: the driver would convert them to numbers, for which they are too long.
    await session.execute('SHOW LOCKS');
    const holders = await session.query(
      `SELECT DISTINCT "transaction"::VARCHAR AS ID FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))
       WHERE "status" = 'HOLDING' AND "resource" IN (${tables.map(() => RESOURCE).join(', ')})
         AND "acquired_on" < DATEADD(second, ?, CURRENT_TIMESTAMP())`,
      [...tables, -heldForSeconds],
    );
    await abortTransactions(
      session,
      holders.map(({ ID: id }) => String(id)),
    );
  } catch (error) {
    if (!leavesSessionUsable(error)) throw error;
  }
}

/**
 * Snowflake ends only transactions of the same user, or those that the role may end; a refusal is logged.
 *
 * @throws SnowflakeError if the session is no longer usable
 */
export async function abortTransactions(session: SnowflakeSession, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    // The function takes a number, which is too long for a bind of the driver.
    if (!/^\d+$/.test(id)) throw new SnowflakeError('TRANSACTION_ID', id, true);
    try {
      await session.query(`SELECT SYSTEM$ABORT_TRANSACTION(${id})`);
      logger.warn(`Ended transaction ${id}, which had held the lock of the checkpoints for too long`);
    } catch (error) {
      if (!leavesSessionUsable(error)) throw error;
      logger.warn(
        `Cannot end transaction ${id}, which holds the lock of the checkpoints: ${toFault(error).message}. ` +
          'Snowflake ends it after five idle minutes; an administrator can end it at once',
      );
    }
  }
}
