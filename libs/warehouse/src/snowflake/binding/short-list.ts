/** A value of a row in a bind. JSON is passed as text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** One short list, as JSON. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}
