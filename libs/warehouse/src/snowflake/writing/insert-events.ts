import { randomUUID } from 'node:crypto';
import type { RejectedRow, StoredRow } from '#pipeline';
import type { TooLargeRow } from '../binding/list-sender.js';
import { FIRST_EVENT, StagedRows } from '../binding/staged-rows.js';
import { rollingBack } from '../session/rolling-back.js';
import { SnowflakeError, statementTooLarge, transactionLost } from '../session/snowflake-error.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { INSERT_EVENTS, insertEventsAnd, SELECT_REJECTED, stageFirst, stageMore } from './statements.js';

/** Snowflake refused the rows of a batch; one of them may be the reason. */
export class RowsRefused extends SnowflakeError {
  override name = 'RowsRefused';
}

/** Returns the rows that Snowflake does not accept; the caller then rolls the transaction back. */
export async function insertEvents(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
): Promise<RejectedRow[]> {
  try {
    return await stageAndInsert(session, rows, mark);
  } catch (error) {
    if (rows.length > 0 && error instanceof SnowflakeError && error.isAnswer) {
      throw new RowsRefused(error.code, error.text, true);
    }
    throw error;
  }
}

/** Stages all lists of rows but the last one, which the insert takes itself unless it is the only one. */
async function stageAndInsert(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
): Promise<RejectedRow[]> {
  const { lists } = session;
  let staged = 0;
  let last = null as { bind: string; inserted: number } | null;
  const stage = async (statement: string, bind: string, count: number): Promise<void> => {
    if ((await session.execute(statement, [mark, bind])) !== count) throw transactionLost();
    staged += count;
  };
  const tooLarge = await lists.send(new StagedRows(rows), async (bind, count, isLast) => {
    if (staged === 0) return stage(stageFirst(lists.sql), bind, count);
    if (!isLast) return stage(stageMore(lists.sql), bind, count);
    last = { bind, inserted: await session.execute(insertEventsAnd(lists.sql), [mark, bind, mark]) };
  });
  if (tooLarge.length > 0) return tooLargeRows(tooLarge);
  // A batch without events stages only the row that represents the batch.
  if (rows.length === 0) return [];
  const inserted = last?.inserted ?? (await session.execute(INSERT_EVENTS, [mark]));
  if (inserted === rows.length) return [];
  if (last !== null) await session.execute(stageMore(lists.sql), [mark, last.bind]);
  return notJson(session, mark);
}

/** Returns the staged rows that Snowflake does not accept as JSON. */
async function notJson(session: SnowflakeSession, mark: string): Promise<RejectedRow[]> {
  const found = await session.query(SELECT_REJECTED, [mark]);
  if (found.length === 0) throw transactionLost();
  const reason = 'Snowflake does not accept the text as JSON';
  return found.map((row) => ({ index: Number(row['ROW_INDEX']), reason }));
}

/** Rows that are too large for a statement of their own. */
function tooLargeRows(rows: readonly TooLargeRow[]): RejectedRow[] {
  // Not even the row that represents the batch was accepted.
  if (rows.some(({ index }) => index < FIRST_EVENT)) throw statementTooLarge();
  return rows.map(({ index, bytes }) => ({
    index: index - FIRST_EVENT,
    reason: `Snowflake refuses a statement with this event alone: ${bytes} bytes are too large (HTTP 413)`,
  }));
}

/** Writes rows and rolls them back; throws Snowflake's error if it refuses them. */
export async function tryRows(session: SnowflakeSession, rows: readonly StoredRow[]): Promise<void> {
  await rollingBack(session, async () => {
    await insertEvents(session, rows, randomUUID());
    await session.execute('ROLLBACK');
  });
}
