import type { Coordinates, StoredRow } from '#pipeline';
import { alreadyStored, placesToNote } from '../../rows/redriven-rows.js';
import { rowList } from '../binding/row-lists.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { NOTE_STORED, SELECT_NOTED } from './statements.js';

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
  const list = rowList(places.map(({ redriveId, place }) => [redriveId, JSON.stringify(place)]));
  await session.execute(NOTE_STORED, [list, mark]);
  const noted = await session.query(SELECT_NOTED, [list]);
  return alreadyStored(
    rows,
    noted.map((row) => ({
      redriveId: String(row['REDRIVE_ID']),
      place: row['STORED_METADATA'] as Coordinates,
    })),
  );
}
