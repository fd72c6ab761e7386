import { FaultError } from '#pipeline';
import type { SessionOptions } from '../session/session-options.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import type { CheckpointForm } from './checkpoint-form.js';
import { HYBRID_TABLE, showCheckpointTables, withFirst } from './checkpoint-tables.js';
import { HybridCheckpoints } from './hybrid-checkpoints.js';
import { RowLockWatch } from './row-lock-watch.js';
import { StandardCheckpoints } from './standard-checkpoints.js';

/**
 * The form that the session's schema has, and prepares the session for it. Standard if there are no tables.
 *
 * @throws SnowflakeError; FaultError if there are tables of both forms
 */
export async function findForm(session: SnowflakeSession, options: SessionOptions): Promise<CheckpointForm> {
  const { standard, hasHybrid } = await showCheckpointTables(session);
  if (!hasHybrid) return new StandardCheckpoints(withFirst(standard));
  if (standard.length > 0) throw unfinishedMove(standard);
  const form = new HybridCheckpoints(new RowLockWatch(options));
  await form.prepare(session);
  return form;
}

/** The rows are in either of them, all together. */
export function unfinishedMove(standard: readonly string[]): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'CHECKPOINTS_MOVING',
    message: `${HYBRID_TABLE} and ${standard.join(', ')} both exist: a move of the checkpoints is not finished`,
    remedy:
      'Run `operator schema apply --checkpoints hybrid` or `--checkpoints standard`, whichever you want: either finishes it',
  });
}
