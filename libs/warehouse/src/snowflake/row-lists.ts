/** Rows as one JSON text for a bind, and how many they are. */
export interface RowList {
  json: string;
  count: number;
}

/** A value of a row in a bind. JSON within is text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** One list, whatever its size. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}

/**
 * Cuts rows into lists of at most `maxBytes` of UTF-8, one row at least. At least one list, which may be empty;
 * made one after the other, so that only one of them is in memory.
 */
export function* rowLists(rows: Iterable<readonly Cell[]>, maxBytes: number): Generator<RowList> {
  let parts: string[] = [];
  let bytes = BRACKETS;
  for (const row of rows) {
    const part = JSON.stringify(row);
    const size = Buffer.byteLength(part) + COMMA;
    if (parts.length > 0 && bytes + size > maxBytes) {
      yield { json: `[${parts.join(',')}]`, count: parts.length };
      parts = [];
      bytes = BRACKETS;
    }
    parts.push(part);
    bytes += size;
  }
  yield { json: `[${parts.join(',')}]`, count: parts.length };
}

const BRACKETS = 2;
const COMMA = 1;
