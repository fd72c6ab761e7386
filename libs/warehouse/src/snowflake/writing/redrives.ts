import type { Coordinates, StoredRow } from '#pipeline';
import { alreadyStored, placesToNote } from '../../rows/redriven-rows.js';
import { TextRows } from '../../row-lists/rows.js';
import { oldRead, statementTooLarge } from '../session/snowflake-error.js';
import type { SnowflakeRow, SnowflakeSession } from '../session/snowflake-session.js';
import { noteStored as noteStoredFrom, selectNoted } from './statements.js';

/**
 * Records in the dead letters where their redriven messages are stored, under the checkpoint lock, so that no other owner
 * records the same concurrently. Returns the indexes of rows that are already stored from another offset; the caller then
 * rolls the transaction back.
 */
export async function noteStored(
  session: SnowflakeSession,
  rows: readonly StoredRow[],
  mark: string,
): Promise<number[]> {
  const places = placesToNote(rows);
  if (places.length === 0) return [];
  const texts = places.map(
    ({ redriveId, place }) =>
      () =>
        JSON.stringify([redriveId, JSON.stringify(place)]),
  );
  const { lists } = session;
  const noted: SnowflakeRow[] = [];
  const tooLarge = await lists.send(new TextRows(texts), async (bind) => {
    await session.execute(noteStoredFrom(lists.sql), [bind, mark]);
    noted.push(...(await session.query(selectNoted(lists.sql), [bind])));
  });
  if (tooLarge.length > 0) throw statementTooLarge();
  // The update has left no letter without a place. One that seems to lack it was noted by another owner just now.
  if (noted.some((row) => row['STORED_METADATA'] === null)) throw oldRead();
  return alreadyStored(
    rows,
    noted.map((row) => ({
      redriveId: String(row['REDRIVE_ID']),
      place: row['STORED_METADATA'] as Coordinates,
    })),
  );
}
