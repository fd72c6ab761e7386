import { randomUUID } from 'node:crypto';
import type { Batch, DeadLetter, RejectedRow, StoredRow } from '#pipeline';
import { toDeadLetterRecord } from '../../rows/dead-letter-record.js';
import { FIRST_TABLE, ONE_TABLE, type CheckpointTables } from '../checkpoints/checkpoint-tables.js';
import { advanceCheckpoints, takeLock } from '../checkpoints/checkpoints.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { noteStored } from './redrives.js';
import { boundRows, ROW_TEXT } from '../binding/row-lists.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { StagedRows } from '../binding/staged-rows.js';
import { WriteSteps } from '../../write-steps.js';
import { leavesSessionUsable, SnowflakeError } from '../session/snowflake-error.js';
import {
  insertDeadLetters as insertDeadLettersFrom,
  INSERT_EVENTS,
  SELECT_REJECTED,
  stageFirst,
  stageMore,
} from './statements.js';

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

/** Snowflake refused the rows of a batch; one of them may be the reason. */
export class RowsRefused extends SnowflakeError {
  override name = 'RowsRefused';
}

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
  steps = new WriteSteps(),
  tables = ONE_TABLE,
): Promise<Outcome> {
  const begun = await begin(session, batch, options, steps);
  return 'mark' in begun ? settle(begun, batch, options, steps, tables) : begun;
}

/**
 * The first part of {@link transact}: rows and dead letters. It takes no lock that another transaction of ours waits for.
 * If it returns {@link Begun}, the transaction is open.
 */
export async function begin(
  session: SnowflakeSession,
  batch: Batch,
  options: SnowflakeOptions,
  steps: WriteSteps,
): Promise<Begun | (Outcome & { kind: 'rejected' })> {
  const mark = randomUUID();
  return rollingBack(session, async () => {
    const rejected = await steps.take('stage', () =>
      insertEvents(session, batch.rows, mark, options.maxBindBytes),
    );
    if (rejected.length > 0) {
      await session.execute('ROLLBACK');
      return { kind: 'rejected', rows: rejected };
    }
    if (batch.deadLetters.length > 0) {
      await steps.take('dead_letters', () => insertDeadLetters(session, batch.deadLetters, mark, options));
    }
    return { session, mark };
  });
}

/** The second part: the checkpoints, and COMMIT. */
export async function settle(
  { session, mark }: Begun,
  batch: Batch,
  options: SnowflakeOptions,
  steps: WriteSteps,
  tables: CheckpointTables,
): Promise<Outcome> {
  return rollingBack(session, async () => {
    const outcome = await steps.take('checkpoints', () =>
      advance(session, batch, options.consumerGroup, mark, tables),
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
  tables: CheckpointTables,
): Promise<{ kind: 'advanced' } | { kind: 'moved' } | { kind: 'already-stored'; indexes: number[] }> {
  // Owners of different tables may have the same redriven message, so they need a common lock.
  if (tables.own !== FIRST_TABLE && rows.some(({ redriveId }) => redriveId !== null)) await takeLock(session);
  await takeLock(session, tables.own);
  const stored = await noteStored(session, rows, mark);
  if (stored.length > 0) return { kind: 'already-stored', indexes: stored };
  const isAdvanced = await advanceCheckpoints(session, consumerGroup, ranges, mark, tables);
  return isAdvanced ? { kind: 'advanced' } : { kind: 'moved' };
}

/** Writes rows and rolls them back; throws Snowflake's error if it refuses them. */
export async function tryRows(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  maxBindBytes: number,
): Promise<void> {
  await rollingBack(session, async () => {
    await insertEvents(session, rows, randomUUID(), maxBindBytes);
    await session.execute('ROLLBACK');
  });
}

/** Rolls back after an error that leaves the session usable; otherwise ending the session ends the transaction. */
export async function rollingBack<T>(session: SnowflakeSession, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (leavesSessionUsable(error)) await session.execute('ROLLBACK');
    throw error;
  }
}

/** Returns the rows that Snowflake does not accept as JSON; the caller then rolls the transaction back. */
export async function insertEvents(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
  maxBindBytes: number,
): Promise<RejectedRow[]> {
  try {
    await stage(session, rows, mark, maxBindBytes);
    // A batch without events stages only the row that represents the batch.
    if (rows.length === 0) return [];
    const inserted = await session.execute(INSERT_EVENTS, [mark]);
    if (inserted === rows.length) return [];
  } catch (error) {
    if (rows.length > 0 && error instanceof SnowflakeError && error.isAnswer) {
      throw new RowsRefused(error.code, error.text, true);
    }
    throw error;
  }
  const found = await session.query(SELECT_REJECTED, [mark]);
  if (found.length === 0) throw transactionLost();
  const reason = 'Snowflake does not accept the text as JSON';
  return found.map((row) => ({ index: Number(row['ROW_INDEX']), reason }));
}

async function stage(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
  maxBindBytes: number,
): Promise<void> {
  const { lists } = session;
  const staged = new StagedRows(rows);
  let statement = stageFirst(lists.sql);
  let sending = Promise.resolve();
  // Each list is built while the previous one is being sent.
  for await (const { bind, count } of boundRows(staged, staged, maxBindBytes, lists)) {
    await sending;
    sending = send(statement, bind, count);
    // Awaited below; this prevents an unhandled rejection in the meantime.
    sending.catch(() => undefined);
    statement = stageMore(lists.sql);
  }
  await sending;

  async function send(sql: string, bind: string, count: number): Promise<void> {
    if ((await session.execute(sql, [mark, bind])) !== count) throw transactionLost();
  }
}

async function insertDeadLetters(
  session: SnowflakeSession,
  letters: readonly DeadLetter[],
  mark: string,
  { maxBindBytes, maxDeadLetterValueBytes = maxBindBytes }: SnowflakeOptions,
): Promise<void> {
  const { lists } = session;
  const statement = insertDeadLettersFrom(lists.sql);
  const rows = letterRows(letters, maxDeadLetterValueBytes);
  for await (const { bind, count } of boundRows(rows, ROW_TEXT, maxBindBytes, lists)) {
    const inserted = await session.execute(statement, [bind, mark]);
    if (inserted !== count) throw transactionLost();
  }
}

/** The values of each row are in the order of the table's columns. */
function* letterRows(letters: readonly DeadLetter[], maxValueBytes: number): Generator<string> {
  for (const letter of letters) {
    const record = toDeadLetterRecord(letter, maxValueBytes);
    yield JSON.stringify([
      record.errorType,
      record.errorReason,
      record.errorDetails,
      record.eventType,
      record.originalValue,
      record.valueEncoding,
      record.originalKey,
      record.keyEncoding,
      record.headers,
      record.metadata,
      record.attempt,
      record.failedAtMs,
    ]);
  }
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

/** Something else ended the session's transaction. */
export function transactionLost(): SnowflakeError {
  return new SnowflakeError('TRANSACTION_LOST', '', false);
}
