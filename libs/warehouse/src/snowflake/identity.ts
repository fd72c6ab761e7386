import { FaultError } from '#pipeline';
import { takeLock } from './checkpoints.js';
import type { Session } from './session.js';
import { BEGIN_WAREHOUSE, SELECT_BEGUN } from './statements.js';
import { rollingBack } from './transaction.js';

/**
 * What tells these tables from any others: when their checkpoints were begun, in the row that takes the lock. Whoever
 * first asks sets it.
 *
 * @throws SnowflakeError, FaultError
 */
export async function warehouseIdentity(session: Session): Promise<string> {
  const found = await begun(session);
  if (found !== null) return found;
  await rollingBack(session, async () => {
    // An UPDATE that waited for another owner's may see the row as it was before: the lock makes that a statement of its own.
    await takeLock(session);
    await session.execute(BEGIN_WAREHOUSE, [Date.now()]);
    await session.execute('COMMIT');
  });
  const set = await begun(session);
  if (set === null) throw unknownIdentity();
  return set;
}

async function begun(session: Session): Promise<string | null> {
  const [row] = await session.query(SELECT_BEGUN);
  const ms = Number(row?.['LAST_TIMESTAMP_MS'] ?? 0);
  return ms === 0 ? null : `Snowflake of ${new Date(ms).toISOString()}`;
}

/** Another owner has just set it, and this session does not see it yet; or the row of the lock is gone. */
function unknownIdentity(): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'NO_IDENTITY',
    message:
      'Snowflake: the row that takes the lock of INGESTION_CHECKPOINTS does not say when they were begun',
    remedy: 'If this lasts, run `operator schema apply`: it makes the row',
  });
}
