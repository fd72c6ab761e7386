import { FaultError } from '#pipeline';
import type { CheckpointForm } from './checkpoint-form.js';
import { FIRST_TABLE } from './checkpoint-tables.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { beginWarehouse, selectBegun, touchBegun } from './checkpoint-statements.js';
import { rollingBack } from '../session/rolling-back.js';

/**
 * Tells these tables from any others by the time their checkpoints were begun, which is in a row of its own. The first
 * caller sets it.
 *
 * @throws SnowflakeError, FaultError
 */
export async function warehouseIdentity(session: SnowflakeSession, form: CheckpointForm): Promise<string> {
  const [table = FIRST_TABLE] = form.tables;
  const found = await begun(session, table);
  if (found !== null) return found;
  await rollingBack(session, async () => {
    // Serializes owners that begin at the same moment.
    await form.takeCommonLock(session);
    await session.execute(beginWarehouse(table), [Date.now()]);
    // The query before may have missed the row of another owner; an UPDATE does not.
    if ((await session.execute(touchBegun(table))) !== 1) throw unknownIdentity();
    await session.execute('COMMIT');
  });
  const set = await begun(session, table);
  if (set === null) throw unknownIdentity();
  return set;
}

async function begun(session: SnowflakeSession, table: string): Promise<string | null> {
  const [row] = await session.query(selectBegun(table));
  const ms = Number(row?.['BEGUN_MS'] ?? 0);
  return ms === 0 ? null : `Snowflake of ${new Date(ms).toISOString()}`;
}

/** Another owner has just set it, and this session does not see it yet. */
function unknownIdentity(): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'NO_IDENTITY',
    message: 'Snowflake: the checkpoint table does not yet record when it was created',
    remedy: null,
  });
}
