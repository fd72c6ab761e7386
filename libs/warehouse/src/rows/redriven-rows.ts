import { coordinatesText, type Coordinates, type StoredRow } from '#pipeline';

/** Under which redrive id something is stored, and where. */
export interface StoredPlace {
  redriveId: string;
  place: Coordinates;
}

/** What to note in the dead letters of a batch's redriven rows: of two rows with one id, the first. */
export function placesToNote(rows: readonly StoredRow[]): StoredPlace[] {
  const places = redrivenRows(rows).toReversed();
  return [...new Map(places.map(({ redriveId, place }) => [redriveId, { redriveId, place }])).values()];
}

/** The rows, by their places in the list, that dead letters say are stored elsewhere. */
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
