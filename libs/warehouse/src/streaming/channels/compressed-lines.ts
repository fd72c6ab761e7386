import { encodedRows, type ListBuilder, type ListEncoding } from '../../row-lists/row-lists.js';
import { TextRows, type Rows } from '../../row-lists/rows.js';
import { ZstdFrame } from '../../row-lists/zstd-frame.js';
import { StreamingError } from '../rest/streaming-error.js';
import type { Chunk } from './channel.js';

/** Snowflake's limits of a request: as sent, and before compression. */
const LARGEST_SENT = 4_000_000;
const LARGEST_LINES = 16_000_000;

/** Consecutive lines [from, to) as one request; no chunk if that is one line that is too large. */
export interface Packed {
  from: number;
  to: number;
  chunk: Chunk | null;
  /** The size of the request, compressed if it fits before. */
  bytes: number;
}

const NEWLINE = '\n'.charCodeAt(0);

const LINES: ListEncoding<Chunk> = {
  separator: NEWLINE,
  maxTextBytes: LARGEST_LINES - 1,
  begin: () => new CompressedLines(),
};

class CompressedLines implements ListBuilder<Chunk> {
  readonly #frame = new ZstdFrame();
  #bytes = 0;

  add(piece: Buffer): Promise<void> {
    this.#bytes += piece.length;
    return this.#frame.add(piece);
  }

  mostBytes(more: number): number {
    return this.#frame.mostBytes(more);
  }

  async end(): Promise<Chunk> {
    await this.add(Buffer.of(NEWLINE));
    return { body: new Uint8Array(await this.#frame.end()), bytes: this.#bytes };
  }
}

/** Packs lines of JSON into as few requests as the limits allow, in order. */
export async function* packed(lines: Rows): AsyncGenerator<Packed> {
  if (lines.count === 0) return;
  for await (const { list, from, to } of encodedRows(lines, { bytes: LARGEST_SENT }, LINES)) {
    const fits = list.body.length <= LARGEST_SENT && list.bytes <= LARGEST_LINES;
    const bytes = list.bytes <= LARGEST_LINES ? list.body.length : list.bytes;
    yield { from, to, chunk: fits ? list : null, bytes };
  }
}

/** @throws StreamingError if the line is too large for a request */
export async function packedAlone(line: string): Promise<Chunk> {
  for await (const { chunk } of packed(new TextRows([() => line]))) if (chunk !== null) return chunk;
  throw new StreamingError('HTTP_413', '', true);
}
