import { leavesSessionUsable } from './snowflake-error.js';
import type { SnowflakeSession } from './snowflake-session.js';

/** Rolls back after an error that leaves the session usable; otherwise ending the session ends the transaction. */
export async function rollingBack<T>(session: SnowflakeSession, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (leavesSessionUsable(error)) await session.execute('ROLLBACK');
    throw error;
  }
}
