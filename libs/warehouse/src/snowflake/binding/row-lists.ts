import { setImmediate as giveWay } from 'node:timers/promises';
import type { ListBinding, ListText } from './list-binding.js';
import { ROW_SEPARATOR } from './row-format.js';

/** A long list as a bind, and the rows that it holds. */
export interface BoundRows extends RowSpan {
  bind: string;
}

/** The rows from `from` up to, but without, `to`. */
export interface RowSpan {
  from: number;
  to: number;
}

/** A value of a row in a bind. JSON is passed as text, so that one bad event cannot fail the whole list. */
export type Cell = string | number | null;

/** Rows that become text. None may hold {@link ROW_SEPARATOR}: JSON escapes it. */
export interface Rows {
  readonly count: number;
  /** A cheap upper bound of what {@link write} writes. */
  mostBytes(index: number): number;
  /** Returns the position after the row. */
  write(index: number, into: Buffer, at: number): number;
}

/** UTF-8 bytes per UTF-16 unit of a string. */
const MOST_BYTES = 3;

/** Rows whose text is built only when it is written. */
export class TextRows implements Rows {
  #last = { index: -1, text: '' };

  constructor(private readonly texts: readonly (() => string)[]) {}

  get count(): number {
    return this.texts.length;
  }

  mostBytes(index: number): number {
    return this.#text(index).length * MOST_BYTES;
  }

  write(index: number, into: Buffer, at: number): number {
    return at + into.write(this.#text(index), at);
  }

  #text(index: number): string {
    if (this.#last.index !== index) this.#last = { index, text: this.texts[index]?.() ?? '' };
    return this.#last.text;
  }
}

/** One short list, as JSON. */
export function rowList(rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows);
}

/**
 * Cuts rows into lists whose binds have at most `limit.bytes` bytes, and whose text has at most {@link MAX_TEXT_BYTES},
 * with at least one row each; no rows give one empty list. Lists are created one by one: only the bind so far and the
 * piece being written are in memory.
 *
 * @param limit read again for each list
 */
export async function* boundRows(
  rows: Rows,
  limit: { readonly bytes: number },
  lists: ListBinding,
  { from, to }: RowSpan = { from: 0, to: rows.count },
): AsyncGenerator<BoundRows> {
  const writer = new ListWriter(lists, limit, from);
  for (let index = from; index < to; index += 1) {
    const most = rows.mostBytes(index) + 1;
    if (!writer.fits(most)) {
      const full = await writer.nextPiece(index);
      if (full !== null) yield full;
    }
    writer.add(rows, index, most);
  }
  const full = await writer.nextPiece(to);
  if (full !== null) yield full;
  yield await writer.end();
}

/** The longest text that SPLIT accepts in older accounts is 16 MiB. */
const MAX_TEXT_BYTES = 15 * 1024 * 1024;

/** Small enough to stay in the CPU cache until it is compressed, and to be written in about 100 us. */
const PIECE_BYTES = 128 * 1024;
/** The smaller the pieces, the closer the lists come to the limit. */
const PIECES_PER_LIST = 8;

/**
 * Writes rows in pieces, and puts the pieces together to lists. Double buffering: while another thread compresses one
 * piece, the next one is written.
 */
class ListWriter {
  #text: ListText;
  /** The first row of the list. */
  #from: number;
  /** The first row of the piece. */
  #next: number;
  #writing = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #sending = Buffer.allocUnsafeSlow(PIECE_BYTES);
  #end = 0;
  #textBytes = 0;
  #sent: Promise<void> = Promise.resolve();

  constructor(
    private readonly lists: ListBinding,
    private readonly limit: { readonly bytes: number },
    from: number,
  ) {
    this.#text = lists.begin();
    this.#from = this.#next = from;
  }

  /** Whether the piece has room for a row; an empty one has room for any. */
  fits(most: number): boolean {
    const room = Math.min(PIECE_BYTES, this.limit.bytes / PIECES_PER_LIST);
    return this.#end === 0 || this.#end + most <= room;
  }

  add(rows: Rows, index: number, most: number): void {
    if (this.#writing.length < most) this.#writing = Buffer.allocUnsafeSlow(most);
    this.#writing[this.#end] = ROW_SEPARATOR.byte;
    this.#end = rows.write(index, this.#writing, this.#end + 1);
  }

  /**
   * Adds the piece to the list. Returns the list before, if the piece no longer fits into that.
   *
   * @param next the row after the piece
   */
  async nextPiece(next: number): Promise<BoundRows | null> {
    // Only now is the size of the list known.
    await this.#sent;
    let full: BoundRows | null = null;
    if (this.#next > this.#from && !this.#hasRoom()) {
      full = await this.end();
      this.#text = this.lists.begin();
      this.#textBytes = 0;
      this.#from = this.#next;
    }
    this.#textBytes += this.#end;
    const start = this.#next === this.#from ? 1 : 0;
    this.#sent = this.#text.add(this.#writing.subarray(start, Math.max(start, this.#end)));
    // Awaited with the next piece; this prevents an unhandled rejection in the meantime.
    this.#sent.catch(() => undefined);
    [this.#writing, this.#sending] = [this.#sending, this.#writing];
    this.#end = 0;
    this.#next = next;
    // Yields to the statements of the other session and to Kafka.
    await giveWay();
    return full;
  }

  #hasRoom(): boolean {
    const fits = this.#text.mostBytes(this.#end) <= this.limit.bytes;
    return fits && this.#textBytes + this.#end <= MAX_TEXT_BYTES;
  }

  async end(): Promise<BoundRows> {
    await this.#sent;
    return { bind: await this.#text.end(), from: this.#from, to: this.#next };
  }
}
