import type { DuckDBConnection } from '@duckdb/node-api';
import { coordinatesText, type Coordinates, type StoredRow } from '#pipeline';
import { storedAs } from '../rows/dead-letter-entry.js';
import { SALES_EVENTS_DLQ } from '../tables.js';

const TABLE = SALES_EVENTS_DLQ.name;

const MARK = `
  UPDATE ${TABLE} d SET STORED_AT = now(), STORED_METADATA = r.metadata
  FROM (SELECT unnest(from_json($1, '[{"redriveId":"VARCHAR","metadata":"JSON"}]'), recursive := true)) r
  WHERE d.REDRIVE_ID = r.redriveId AND d.STORED_AT IS NULL`;

const STORED = `
  SELECT DISTINCT REDRIVE_ID, STORED_METADATA FROM ${TABLE}
  WHERE REDRIVE_ID IN (SELECT unnest(from_json($1, '["VARCHAR"]'))) AND STORED_METADATA IS NOT NULL`;

interface Redriven {
  index: number;
  redriveId: string;
  place: Coordinates;
}

/**
 * Notes in the dead letters where their redriven messages are stored, in the transaction that is open. Answers the
 * rows that are stored already, from another offset: then the transaction has to be rolled back.
 */
export async function markStored(
  connection: DuckDBConnection,
  rows: readonly StoredRow[],
): Promise<number[]> {
  const redriven = redrivenRows(rows);
  if (redriven.length === 0) return [];
  // Of two rows with one id the first is stored; the other then finds that it is.
  const first = new Map(redriven.toReversed().map((row) => [row.redriveId, row]));
  const marks = [...first.values()].map(({ redriveId, place }) => ({ redriveId, metadata: place }));
  await connection.run(MARK, [JSON.stringify(marks)]);
  const reader = await connection.runAndReadAll(STORED, [JSON.stringify([...first.keys()])]);
  const stored = reader.getRowsJS() as [string, string][];
  return redriven
    .filter(({ redriveId, place }) =>
      stored.some(([id, metadata]) => id === redriveId && !isAt(place, storedAs(metadata))),
    )
    .map(({ index }) => index);
}

function redrivenRows(rows: readonly StoredRow[]): Redriven[] {
  return rows.flatMap(({ redriveId, message: { topic, partition, offset } }, index) =>
    redriveId === null ? [] : [{ index, redriveId, place: { topic, partition, offset } }],
  );
}

function isAt(one: Coordinates, other: Coordinates): boolean {
  return coordinatesText(one) === coordinatesText(other);
}
