import { randomUUID } from 'node:crypto';
import { FaultError } from '#pipeline';
import {
  newToken,
  OF_RESTORING,
  replaced,
  RESTORING_COLUMNS,
  restoringValues,
} from '../../restoring/restoring-row.js';
import type { CheckpointForm } from '../checkpoints/checkpoint-form.js';
import { MARK } from '../checkpoints/checkpoint-statements.js';
import { FIRST_TABLE } from '../checkpoints/checkpoint-tables.js';
import { rollingBack } from '../session/rolling-back.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { STAGING } from '../writing/statements.js';

/** Binds: mark. Tokens are our own numbers. */
const MARKED = `(SELECT BATCH_MARK FROM ${STAGING} WHERE BATCH_MARK = ? AND ROW_INDEX IS NULL) m`;

const change = (table: string, set: string, where = ''): string => `
  UPDATE ${table} SET ${set}UPDATED_AT = CURRENT_TIMESTAMP() FROM ${MARKED}
  WHERE ${OF_RESTORING}${where}`;

const insert = (table: string, token: number): string => `
  INSERT INTO ${table} (${RESTORING_COLUMNS}) SELECT ${restoringValues(token, 'CURRENT_TIMESTAMP()')} FROM ${MARKED}`;

/**
 * Makes this restorer the present one: no other commits any more.
 *
 * @throws SnowflakeError, FaultError
 */
export async function takeToken(session: SnowflakeSession, form: CheckpointForm): Promise<number> {
  const [table = FIRST_TABLE] = form.tables;
  const token = newToken();
  const mark = randomUUID();
  return rollingBack(session, async () => {
    await session.execute(MARK, [mark]);
    // An UPDATE that waits for the lock by itself may see the row as it was before.
    await form.takeCommonLock(session);
    const taken =
      (await session.execute(change(table, `NEXT_OFFSET = ${token}, `), [mark])) ||
      (await session.execute(insert(table, token), [mark]));
    if (taken !== 1) throw notTaken(table);
    await session.execute('COMMIT');
    return token;
  });
}

/**
 * Requires that no other restorer has begun since. In an open transaction that staged the mark and has the common lock.
 *
 * @throws SnowflakeError, FaultError
 */
export async function keepToken(
  session: SnowflakeSession,
  form: CheckpointForm,
  token: number,
  mark: string,
): Promise<void> {
  const [table = FIRST_TABLE] = form.tables;
  const kept = await session.execute(change(table, '', ` AND NEXT_OFFSET = ${token}`), [mark]);
  if (kept !== 1) throw replaced();
}

/** Something else ended the transaction. */
function notTaken(table: string): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'RESTORER_NOT_BEGUN',
    message: `Snowflake: ${table} did not take the row of this replay`,
    remedy: null,
  });
}
