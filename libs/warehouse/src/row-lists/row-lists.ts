import { setImmediate as giveWay } from 'node:timers/promises';
import type { Rows } from './rows.js';

/** How rows become lists, of which a request holds one each. */
export interface ListEncoding<List> {
  /** The byte between two rows. */
  separator: number;
  /** The most bytes of text that a list may have. */
  maxTextBytes: number;
  begin: () => ListBuilder<List>;
}

/** Builds a list from the UTF-8 of its rows and separators. */
export interface ListBuilder<List> {
  /** The piece's memory may be reused once this resolves. Calls must not overlap. */
  add(piece: Buffer): Promise<void>;
  /** The largest list, in bytes, that this could become with this many bytes of text more. */
  mostBytes(more: number): number;
  end(): Promise<List>;
}

/** An encoded list, and the rows that it holds. */
export interface EncodedRows<List> extends RowSpan {
  list: List;
}

/** The rows from `from` up to, but without, `to`. */
export interface RowSpan {
  from: number;
  to: number;
}

/**
 * Cuts rows into lists of at most `limit.bytes` bytes, whose text has at most `maxTextBytes`, with at least one row each;
 * no rows give one empty list. Lists are created one by one: only the list so far and the piece being written are in
 * memory.
 *
 * @param limit read again for each list
 */
export async function* encodedRows<List>(
  rows: Rows,
  limit: { readonly bytes: number },
  encoding: ListEncoding<List>,
  { from, to }: RowSpan = { from: 0, to: rows.count },
): AsyncGenerator<EncodedRows<List>> {
  const writer = new ListWriter(encoding, limit, from);
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

/** Small enough to stay in the CPU cache until it is compressed, and to be written in about 100 us. */
const PIECE_BYTES = 128 * 1024;
/** The smaller the pieces, the closer the lists come to the limit. */
const PIECES_PER_LIST = 8;

/**
 * Writes rows in pieces, and puts the pieces together to lists. Double buffering: while another thread compresses one
 * piece, the next one is written.
 */
class ListWriter<List> {
  #list: ListBuilder<List>;
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
    private readonly encoding: ListEncoding<List>,
    private readonly limit: { readonly bytes: number },
    from: number,
  ) {
    this.#list = encoding.begin();
    this.#from = this.#next = from;
  }

  /** Whether the piece has room for a row; an empty one has room for any. */
  fits(most: number): boolean {
    const room = Math.min(PIECE_BYTES, this.limit.bytes / PIECES_PER_LIST);
    return this.#end === 0 || this.#end + most <= room;
  }

  add(rows: Rows, index: number, most: number): void {
    if (this.#writing.length < most) this.#writing = Buffer.allocUnsafeSlow(most);
    this.#writing[this.#end] = this.encoding.separator;
    this.#end = rows.write(index, this.#writing, this.#end + 1);
  }

  /**
   * Adds the piece to the list. Returns the list before, if the piece no longer fits into that.
   *
   * @param next the row after the piece
   */
  async nextPiece(next: number): Promise<EncodedRows<List> | null> {
    // Only now is the size of the list known.
    await this.#sent;
    let full: EncodedRows<List> | null = null;
    if (this.#next > this.#from && !this.#hasRoom()) {
      full = await this.end();
      this.#list = this.encoding.begin();
      this.#textBytes = 0;
      this.#from = this.#next;
    }
    this.#textBytes += this.#end;
    const start = this.#next === this.#from ? 1 : 0;
    this.#sent = this.#list.add(this.#writing.subarray(start, Math.max(start, this.#end)));
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
    const fits = this.#list.mostBytes(this.#end) <= this.limit.bytes;
    return fits && this.#textBytes + this.#end <= this.encoding.maxTextBytes;
  }

  async end(): Promise<EncodedRows<List>> {
    await this.#sent;
    return { list: await this.#list.end(), from: this.#from, to: this.#next };
  }
}
