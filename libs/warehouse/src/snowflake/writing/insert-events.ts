import { randomUUID } from 'node:crypto';
import type { RejectedRow, StoredRow } from '#pipeline';
import { FIRST_EVENT, StagedRows } from '../binding/staged-rows.js';
import { rollingBack } from '../session/rolling-back.js';
import { SnowflakeError, statementTooLarge, transactionLost } from '../session/snowflake-error.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { INSERT_EVENTS, SELECT_REJECTED, stageFirst, stageMore } from './statements.js';

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
    const tooLarge = await stage(session, rows, mark);
    if (tooLarge.length > 0) return tooLarge;
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

/** Returns the rows that are too large for a statement of their own. */
async function stage(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
): Promise<RejectedRow[]> {
  const { lists } = session;
  let statement = stageFirst(lists.sql);
  const tooLarge = await lists.send(new StagedRows(rows), async (bind, count) => {
    if ((await session.execute(statement, [mark, bind])) !== count) throw transactionLost();
    statement = stageMore(lists.sql);
  });
  // Not even the row that represents the batch was accepted.
  if (tooLarge.some(({ index }) => index < FIRST_EVENT)) throw statementTooLarge();
  return tooLarge.map(({ index, bytes }) => ({
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
