import type { StoredRow } from '#pipeline';
import { storedAs } from '../../rows/dead-letter-entry.js';
import { alreadyStored, placesToNote } from '../../rows/redriven-rows.js';
import { SALES_EVENTS_DLQ } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';

const TABLE = SALES_EVENTS_DLQ.name;

const NOTE = `
  UPDATE ${TABLE} d SET STORED_AT = now(), STORED_METADATA = r.place
  FROM (SELECT unnest(from_json($1, '[{"redriveId":"VARCHAR","place":"JSON"}]'), recursive := true)) r
  WHERE d.REDRIVE_ID = r.redriveId AND d.STORED_AT IS NULL`;

const NOTED = `
  SELECT DISTINCT REDRIVE_ID, STORED_METADATA FROM ${TABLE}
  WHERE REDRIVE_ID IN (SELECT unnest(from_json($1, '["VARCHAR"]'))) AND STORED_METADATA IS NOT NULL`;

/**
 * Records in the dead letters where their redriven messages are stored, in the open transaction. Returns the indexes of
 * rows that are already stored from another offset; the caller then rolls the transaction back.
 */
export async function noteStored(connection: SqlConnection, rows: readonly StoredRow[]): Promise<number[]> {
  const places = placesToNote(rows);
  if (places.length === 0) return [];
  await connection.run(NOTE, [JSON.stringify(places)]);
  const ids = JSON.stringify(places.map(({ redriveId }) => redriveId));
  const noted = await connection.rows<{ REDRIVE_ID: string; STORED_METADATA: string }>(NOTED, [ids]);
  return alreadyStored(
    rows,
    noted.map(({ REDRIVE_ID, STORED_METADATA }) => ({
      redriveId: REDRIVE_ID,
      place: storedAs(STORED_METADATA),
    })),
  );
}
