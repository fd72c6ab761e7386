import { coordinatesText, type Coordinates, type StoredRow } from '#pipeline';

/** A redrive id and the coordinates at which its message is stored. */
export interface StoredPlace {
  redriveId: string;
  place: Coordinates;
}

/** What to record in the dead letters of a batch's redriven rows. Of two rows with one id, the first counts. */
export function placesToNote(rows: readonly StoredRow[]): StoredPlace[] {
  const places = redrivenRows(rows).toReversed();
  return [...new Map(places.map(({ redriveId, place }) => [redriveId, { redriveId, place }])).values()];
}

/** The indexes of rows that are already stored elsewhere, according to the dead letters. */
export function alreadyStored(rows: readonly StoredRow[], noted: readonly StoredPlace[]): number[] {
  return redrivenRows(rows)
    .filter(({ redriveId, place }) =>
      noted.some(
        (one) => one.redriveId === redriveId && coordinatesText(one.place) !== coordinatesText(place),
      ),
    )
    .map(({ index }) => index);
}

function redrivenRows(rows: readonly StoredRow[]): (StoredPlace & { index: number })[] {
  return rows.flatMap(({ redriveId, message: { topic, partition, offset } }, index) =>
    redriveId === null ? [] : [{ index, redriveId, place: { topic, partition, offset } }],
  );
}
