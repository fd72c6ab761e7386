import { setImmediate as giveWay } from 'node:timers/promises';
import type { ListBinding, ListText } from './list-binding.js';
import { ROW_SEPARATOR } from './row-format.js';

/** A long list as a statement takes it, and how many rows it holds. */
export interface BoundRows {
  bind: string;
  count: number;
}

/** A value of a row in a bind. JSON within is text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** How rows become text. None may hold {@link ROW_SEPARATOR}: JSON escapes it. */
export interface RowFormat<T> {
  /** At least what {@link write} writes, cheap to tell. */
  mostBytes(row: T): number;
  /** Answers the place after it. */
  write(row: T, into: Buffer, at: number): number;
}

/** Of UTF-8, for a unit of a string. */
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
 * Cuts rows into lists of at most `maxBytes`, one row at least; at least one list, which may be empty. They are made
 * one after the other: a list is in memory as what is bound of it, and as the piece that is being written.
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

/** Small enough to stay in the processor's cache until it is compressed, and a turn of some 100 us. */
const PIECE_BYTES = 128 * 1024;

/** Two, by turns: while one is compressed by another thread, the next one is written. */
class Pieces {
  #writing = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #sending = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #end = 0;
  #sent: Promise<void> = Promise.resolve();

  fits(bytes: number): boolean {
    return this.#end + bytes <= this.#writing.length;
  }

  /** Answers how many bytes it took. */
  add<T>(row: T, format: RowFormat<T>, isNext: boolean): number {
    const from = this.#end;
    if (isNext) this.#writing[this.#end++] = ROW_SEPARATOR.byte;
    this.#end = format.write(row, this.#writing, this.#end);
    return this.#end - from;
  }

  /** What is bound of the text, now that all of it was taken. */
  async end(text: ListText): Promise<string> {
    await this.send(text);
    await this.#sent;
    return text.end();
  }

  /** @param most what the next row may take */
  async send(text: ListText, most = 0): Promise<void> {
    await this.#sent;
    const full = this.#writing.subarray(0, this.#end);
    this.#sent = text.add(full);
    // Looked at with the next one, and until then no fault that nobody takes.
    this.#sent.catch(() => undefined);
    const free = this.#sending.length < most ? Buffer.allocUnsafeSlow(most) : this.#sending;
    this.#sending = this.#writing;
    this.#writing = free;
    this.#end = 0;
    // In between, statements of the other session are sent and answered, and Kafka is read.
    await giveWay();
  }
}
