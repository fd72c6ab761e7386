import { randomUUID } from 'node:crypto';
import type { Batch, RejectedRow } from '#pipeline';
import type { CheckpointForm } from '../checkpoints/checkpoint-form.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { noteStored } from './redrives.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { insertDeadLetters } from './insert-dead-letters.js';
import { insertEvents } from './insert-events.js';
import { WriteSteps } from '../../write-steps.js';
import { rollingBack } from '../session/rolling-back.js';
import { SnowflakeError } from '../session/snowflake-error.js';

export type Outcome =
  | { kind: 'committed' }
  /** A checkpoint is not where the batch starts. */
  | { kind: 'moved' }
  /** These rows are redriven dead letters that are already stored. */
  | { kind: 'already-stored'; indexes: number[] }
  | { kind: 'rejected'; rows: RejectedRow[] };

/** COMMIT was sent but its response was lost: the checkpoints say whether it took effect. */
export class UnansweredCommit extends SnowflakeError {
  override name = 'UnansweredCommit';
}

/** What the column ORIGINAL_VALUE keeps of a value at most; Snowflake's limit is 16 MiB. */
const MAX_VALUE_BYTES = 15 * 1024 * 1024;

/** A session's open transaction with all of a batch except its checkpoints. */
export interface Begun {
  session: SnowflakeSession;
  mark: string;
}

/**
 * Writes one batch in one transaction, which the first statement opens. Leaves none open, unless it throws an error that
 * leaves the session unusable.
 *
 * @throws SnowflakeError, UnansweredCommit, RowsRefused; FaultError
 */
export async function transact(
  session: SnowflakeSession,
  batch: Batch,
  options: SnowflakeOptions,
  form: CheckpointForm,
  steps = new WriteSteps(),
): Promise<Outcome> {
  const begun = await begin(session, batch, options, steps);
  return 'mark' in begun ? settle(begun, batch, options, form, steps) : begun;
}

/**
 * The first part of {@link transact}: rows and dead letters. It takes no lock that another transaction of ours waits for.
 * If it returns {@link Begun}, the transaction is open.
 */
export async function begin(
  session: SnowflakeSession,
  batch: Batch,
  { maxDeadLetterValueBytes = MAX_VALUE_BYTES }: SnowflakeOptions,
  steps: WriteSteps,
): Promise<Begun | (Outcome & { kind: 'rejected' })> {
  const mark = randomUUID();
  return rollingBack(session, async () => {
    const rejected = await steps.take('stage', () => insertEvents(session, batch.rows, mark));
    if (rejected.length > 0) {
      await session.execute('ROLLBACK');
      return { kind: 'rejected', rows: rejected };
    }
    if (batch.deadLetters.length > 0) {
      await steps.take('dead_letters', () =>
        insertDeadLetters(session, batch.deadLetters, mark, maxDeadLetterValueBytes),
      );
    }
    return { session, mark };
  });
}

/** The second part: the checkpoints, and COMMIT. */
export async function settle(
  { session, mark }: Begun,
  batch: Batch,
  options: SnowflakeOptions,
  form: CheckpointForm,
  steps: WriteSteps,
): Promise<Outcome> {
  return rollingBack(session, async () => {
    const outcome = await steps.take('checkpoints', () =>
      advance(session, batch, options.consumerGroup, mark, form),
    );
    if (outcome.kind === 'advanced') {
      await steps.take('commit', () => commit(session));
      return { kind: 'committed' };
    }
    await session.execute('ROLLBACK');
    return outcome;
  });
}

/** Takes the lock, records where redriven rows are stored, and compares and sets the checkpoints. */
async function advance(
  session: SnowflakeSession,
  { rows, ranges }: Batch,
  consumerGroup: string,
  mark: string,
  form: CheckpointForm,
): Promise<{ kind: 'advanced' } | { kind: 'moved' } | { kind: 'already-stored'; indexes: number[] }> {
  // Owners of different partitions may have the same redriven message, so they need a common lock.
  const common = rows.some(({ redriveId }) => redriveId !== null);
  await form.lock(session, consumerGroup, ranges, { common });
  const stored = await noteStored(session, rows, mark);
  if (stored.length > 0) return { kind: 'already-stored', indexes: stored };
  const isAdvanced = await form.advance(session, consumerGroup, ranges, mark);
  return isAdvanced ? { kind: 'advanced' } : { kind: 'moved' };
}

async function commit(session: SnowflakeSession): Promise<void> {
  try {
    await session.execute('COMMIT');
  } catch (error) {
    if (error instanceof SnowflakeError && !error.isAnswer) {
      throw new UnansweredCommit(error.code, error.text, false);
    }
    throw error;
  }
}
