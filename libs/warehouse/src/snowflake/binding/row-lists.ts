import { setImmediate as giveWay } from 'node:timers/promises';
import type { ListBinding, ListText } from './list-binding.js';
import { ROW_SEPARATOR } from './row-format.js';

/** A long list as a bind, and its number of rows. */
export interface BoundRows {
  bind: string;
  count: number;
}

/** A value of a row in a bind. JSON is passed as text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** How rows become text. None may hold {@link ROW_SEPARATOR}: JSON escapes it. */
export interface RowFormat<T> {
  /** A cheap upper bound of what {@link write} writes. */
  mostBytes(row: T): number;
  /** Returns the position after the row. */
  write(row: T, into: Buffer, at: number): number;
}

/** UTF-8 bytes per UTF-16 unit of a string. */
const MOST_BYTES = 3;

/** Rows that are text already. */
export const ROW_TEXT: RowFormat<string> = {
  mostBytes: (row) => row.length * MOST_BYTES,
  write: (row, into, at) => at + into.write(row, at),
};

/** One short list, as JSON. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}

/**
 * Cuts rows into lists of at most `maxBytes`, with at least one row each; no rows give one empty list. Lists are created
 * one by one: only the bind so far and the piece being written are in memory.
 */
export async function* boundRows<T>(
  rows: Iterable<T>,
  format: RowFormat<T>,
  maxBytes: number,
  lists: ListBinding,
): AsyncGenerator<BoundRows> {
  const pieces = new Pieces();
  let text = lists.begin();
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    const most = format.mostBytes(row) + 1;
    if (count > 0 && bytes + most > maxBytes) {
      yield { bind: await pieces.end(text), count };
      text = lists.begin();
      bytes = 0;
      count = 0;
    }
    if (!pieces.fits(most)) await pieces.send(text, most);
    bytes += pieces.add(row, format, count > 0);
    count += 1;
  }
  yield { bind: await pieces.end(text), count };
}

/** Small enough to stay in the CPU cache until it is compressed, and to be written in about 100 us. */
const PIECE_BYTES = 128 * 1024;

/** Double buffering: while another thread compresses one piece, the next one is written. */
class Pieces {
  #writing = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #sending = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #end = 0;
  #sent: Promise<void> = Promise.resolve();

  fits(bytes: number): boolean {
    return this.#end + bytes <= this.#writing.length;
  }

  /** Returns the number of bytes written. */
  add<T>(row: T, format: RowFormat<T>, isNext: boolean): number {
    const from = this.#end;
    if (isNext) this.#writing[this.#end++] = ROW_SEPARATOR.byte;
    this.#end = format.write(row, this.#writing, this.#end);
    return this.#end - from;
  }

  /** Sends the last piece and returns the bind. */
  async end(text: ListText): Promise<string> {
    await this.send(text);
    await this.#sent;
    return text.end();
  }

  /** @param most the most bytes that the next row may need */
  async send(text: ListText, most = 0): Promise<void> {
    await this.#sent;
    const full = this.#writing.subarray(0, this.#end);
    this.#sent = text.add(full);
    // Awaited with the next piece; this prevents an unhandled rejection in the meantime.
    this.#sent.catch(() => undefined);
    const free = this.#sending.length < most ? Buffer.allocUnsafeSlow(most) : this.#sending;
    this.#sending = this.#writing;
    this.#writing = free;
    this.#end = 0;
    // Yields to the statements of the other session and to Kafka.
    await giveWay();
  }
}
