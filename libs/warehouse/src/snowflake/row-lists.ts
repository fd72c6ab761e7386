/** A JSON list of rows, as UTF-8, and how many they are. */
export interface RowList {
  json: Buffer;
  count: number;
}

/** A value of a row in a bind. JSON within is text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** One list, whatever its size. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}

/**
 * Cuts rows, each a JSON list already, into lists of at most `maxBytes`, one row at least. At least one list, which
 * may be empty; made one after the other, so that only one of them is in memory.
 */
export function* rowLists(rows: Iterable<string>, maxBytes: number): Generator<RowList> {
  let parts: string[] = [];
  let bytes = BRACKETS;
  for (const row of rows) {
    const size = Buffer.byteLength(row) + COMMA;
    if (parts.length > 0 && bytes + size > maxBytes) {
      yield { json: joined(parts, bytes), count: parts.length };
      parts = [];
      bytes = BRACKETS;
    }
    parts.push(row);
    bytes += size;
  }
  yield { json: joined(parts, bytes), count: parts.length };
}

const BRACKETS = 2;
const COMMA = 1;

/** Row by row: one string of all would take two bytes a character if a single row has an emoji. */
function joined(parts: readonly string[], bytes: number): Buffer {
  const json = Buffer.allocUnsafe(bytes);
  let end = json.write('[');
  for (const part of parts) {
    if (end > 1) end += json.write(',', end);
    end += json.write(part, end);
  }
  end += json.write(']', end);
  return json.subarray(0, end);
}
