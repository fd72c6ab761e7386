import { setImmediate as giveWay } from 'node:timers/promises';

/** A JSON list of rows, as UTF-8, and how many they are. Its bytes are those of the next list, once that is asked for. */
export interface RowList {
  json: Buffer;
  count: number;
}

/** A value of a row in a bind. JSON within is text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** How rows become JSON lists. */
export interface RowFormat<Row> {
  /** At least what {@link write} writes, cheap to tell. */
  mostBytes(row: Row): number;
  /** The same, closer. */
  bytes(row: Row): number;
  /** Answers the place after it. */
  write(row: Row, into: Buffer, at: number): number;
}

/** Of UTF-8, for a unit of a string. */
const MOST_BYTES = 3;

/** Rows that are JSON already. */
export const ROW_TEXT: RowFormat<string> = {
  mostBytes: (row) => row.length * MOST_BYTES,
  bytes: (row) => Buffer.byteLength(row),
  write: (row, into, at) => at + into.write(row, at),
};

/** A few milliseconds: in between, statements of the other session are sent and answered, and Kafka is read. */
const ROWS_A_TURN = 1_000;

/** One list, whatever its size. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}

/**
 * Cuts rows into lists of at most `maxBytes`, one row at least. At least one list, which may be empty; made one after
 * the other, in one memory.
 */
export async function* rowLists<Row>(
  rows: Iterable<Row>,
  format: RowFormat<Row>,
  maxBytes: number,
): AsyncGenerator<RowList> {
  const list = new ListBytes(format, maxBytes);
  let taken = 0;
  for (const row of rows) {
    if (taken % ROWS_A_TURN === 0) await giveWay();
    taken += 1;
    if (list.fits(row)) {
      list.add(row);
      continue;
    }
    if (list.count > 0) yield list.end();
    if (list.fits(row)) list.add(row);
    else yield listOf(row, format);
  }
  if (taken === 0 || list.count > 0) yield list.end();
}

/** A list of its own for a row that is larger than lists are to be. */
function listOf<Row>(row: Row, format: RowFormat<Row>): RowList {
  const list = new ListBytes(format, format.bytes(row) + BRACKETS);
  list.add(row);
  return list.end();
}

/** Before a row stands a bracket or a comma, and after the last one a bracket. */
const BRACKETS = 2;
const OPEN = '['.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CLOSE = ']'.charCodeAt(0);

/** Rows are written as they come: a text of all of them would be in memory twice, and two bytes a character wide. */
class ListBytes<Row> {
  readonly #bytes: Buffer;
  #end = 0;
  count = 0;

  constructor(
    private readonly format: RowFormat<Row>,
    maxBytes: number,
  ) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(maxBytes, BRACKETS));
  }

  fits(row: Row): boolean {
    const room = this.#bytes.length - this.#end - BRACKETS;
    return this.format.mostBytes(row) <= room || this.format.bytes(row) <= room;
  }

  add(row: Row): void {
    this.#bytes[this.#end] = this.count === 0 ? OPEN : COMMA;
    this.#end = this.format.write(row, this.#bytes, this.#end + 1);
    this.count += 1;
  }

  /** The list; the next row begins another. */
  end(): RowList {
    if (this.count === 0) this.#bytes[this.#end++] = OPEN;
    this.#bytes[this.#end++] = CLOSE;
    const list = { json: this.#bytes.subarray(0, this.#end), count: this.count };
    this.#end = 0;
    this.count = 0;
    return list;
  }
}
