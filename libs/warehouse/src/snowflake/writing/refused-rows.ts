import type { RejectedRow, StoredRow } from '#pipeline';
import { mayBeData, rejection } from '../session/faults.js';
import { tryRows } from './insert-events.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

/** A faultless row. If Snowflake refuses it as well, rows are not to blame. */
const HARMLESS: StoredRow = {
  message: { topic: '', partition: 0, offset: 0, timestampMs: 0, key: null, headers: {} },
  eventType: null,
  label: 'other',
  productId: null,
  customerId: null,
  content: Buffer.from('{}'),
  redriveId: null,
};

/**
 * Finds the rows that Snowflake refuses, by bisection, after unexpected errors. Rows that TRY_PARSE_JSON does not accept
 * are found by one statement; see `transact`. Every attempt is rolled back.
 *
 * @returns none if the rows are not to blame: Snowflake refuses any row at the moment, or no longer refuses these
 * @throws SnowflakeError if Snowflake fails for another reason
 */
export async function findRefused(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
): Promise<RejectedRow[]> {
  const refusal = async (part: readonly StoredRow[]): Promise<string | null> => {
    try {
      await tryRows(session, part);
      return null;
    } catch (error) {
      if (mayBeData(error)) return rejection(error);
      throw error;
    }
  };
  const search = async (first: number, end: number, reason: string): Promise<RejectedRow[]> => {
    if (end - first === 1) return [{ index: first, reason }];
    const middle = Math.ceil((first + end) / 2);
    const found: RejectedRow[] = [];
    for (const [from, to] of [
      [first, middle],
      [middle, end],
    ] as const) {
      const why = await refusal(rows.slice(from, to));
      if (why !== null) found.push(...(await search(from, to, why)));
    }
    return found;
  };
  if ((await refusal([HARMLESS])) !== null) return [];
  const reason = await refusal(rows);
  return reason === null ? [] : search(0, rows.length, reason);
}
