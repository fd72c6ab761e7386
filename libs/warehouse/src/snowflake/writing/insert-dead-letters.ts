import type { DeadLetter } from '#pipeline';
import { deadLetterValues, toDeadLetterRecord } from '../../rows/dead-letter-record.js';
import { TextRows } from '../../row-lists/rows.js';
import { statementTooLarge, transactionLost } from '../session/snowflake-error.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { insertDeadLetters as insertFrom } from './statements.js';

/** Smaller values make no difference to the size of a statement. */
const LEAST_VALUE_BYTES = 256;

/**
 * Inserts the dead letters of a batch. Of a letter that is too large for a statement of its own, it keeps less.
 *
 * @param maxValueBytes the longest value to keep whole, in bytes of UTF-8
 */
export async function insertDeadLetters(
  session: SnowflakeSession,
  letters: readonly DeadLetter[],
  mark: string,
  maxValueBytes: number,
): Promise<void> {
  const { lists } = session;
  const statement = insertFrom(lists.sql);
  const rows = new TextRows(letters.map((letter) => () => letterRow(letter, maxValueBytes)));
  const tooLarge = await lists.send(rows, async (bind, count) => {
    if ((await session.execute(statement, [bind, mark])) !== count) throw transactionLost();
  });
  if (tooLarge.length === 0) return;
  if (maxValueBytes <= LEAST_VALUE_BYTES) throw statementTooLarge();
  const indexes = new Set(tooLarge.map(({ index }) => index));
  const rest = letters.filter((_, index) => indexes.has(index));
  const longest = Math.min(maxValueBytes, ...tooLarge.map(({ bytes }) => bytes));
  await insertDeadLetters(session, rest, mark, Math.max(LEAST_VALUE_BYTES, Math.floor(longest / 4)));
}

function letterRow(letter: DeadLetter, maxValueBytes: number): string {
  return JSON.stringify(deadLetterValues(toDeadLetterRecord(letter, maxValueBytes)));
}
