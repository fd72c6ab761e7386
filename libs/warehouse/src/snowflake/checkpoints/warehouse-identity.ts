import { FaultError } from '#pipeline';
import { takeLock } from './checkpoints.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { BEGIN_WAREHOUSE, SELECT_BEGUN } from '../writing/statements.js';
import { rollingBack } from '../session/rolling-back.js';

/**
 * Tells these tables from any others by the time their checkpoints were begun, which is in a row of its own. The first
 * caller sets it.
 *
 * @throws SnowflakeError, FaultError
 */
export async function warehouseIdentity(session: SnowflakeSession): Promise<string> {
  const found = await begun(session);
  if (found !== null) return found;
  await rollingBack(session, async () => {
    // Serializes owners that begin at the same moment.
    await takeLock(session);
    await session.execute(BEGIN_WAREHOUSE, [Date.now()]);
    await session.execute('COMMIT');
  });
  const set = await begun(session);
  if (set === null) throw unknownIdentity();
  return set;
}

async function begun(session: SnowflakeSession): Promise<string | null> {
  const [row] = await session.query(SELECT_BEGUN);
  const ms = Number(row?.['BEGUN_MS'] ?? 0);
  return ms === 0 ? null : `Snowflake of ${new Date(ms).toISOString()}`;
}

/** Another owner has just set it, and this session does not see it yet. */
function unknownIdentity(): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'NO_IDENTITY',
    message: 'Snowflake: INGESTION_CHECKPOINTS does not yet record when it was created',
    remedy: null,
  });
}
