/** A JSON list of rows, as UTF-8, and how many they are. Its bytes are those of the next list, once that is asked for. */
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
 * may be empty; made one after the other, in one memory.
 */
export function* rowLists(rows: Iterable<string>, maxBytes: number): Generator<RowList> {
  const list = new ListBytes(maxBytes);
  let isEmpty = true;
  for (const row of rows) {
    isEmpty = false;
    if (list.fits(row)) {
      list.add(row);
      continue;
    }
    if (list.count > 0) yield list.end();
    if (list.fits(row)) list.add(row);
    else yield { json: Buffer.from(`[${row}]`), count: 1 };
  }
  if (isEmpty || list.count > 0) yield list.end();
}

/** Before a row stands a bracket or a comma, and after the last one a bracket. */
const BRACKETS = 2;
/** Of UTF-8, for a unit of a string. */
const MOST_BYTES = 3;

/** Rows are written as they come: a text of all of them would be in memory twice, and two bytes a character wide. */
class ListBytes {
  readonly #bytes: Buffer;
  #end = 0;
  count = 0;

  constructor(maxBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(maxBytes, BRACKETS));
  }

  fits(row: string): boolean {
    const room = this.#bytes.length - this.#end - BRACKETS;
    return row.length * MOST_BYTES <= room || Buffer.byteLength(row) <= room;
  }

  add(row: string): void {
    this.#end += this.#bytes.write(this.count === 0 ? '[' : ',', this.#end);
    this.#end += this.#bytes.write(row, this.#end);
    this.count += 1;
  }

  /** The list; the next row begins another. */
  end(): RowList {
    if (this.count === 0) this.#end += this.#bytes.write('[');
    this.#end += this.#bytes.write(']', this.#end);
    const list = { json: this.#bytes.subarray(0, this.#end), count: this.count };
    this.#end = 0;
    this.count = 0;
    return list;
  }
}
