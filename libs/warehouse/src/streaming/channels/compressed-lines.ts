import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { StreamingError } from '../rest/streaming-error.js';
import type { Chunk } from './channel.js';

const compress = promisify(zstdCompress);

/** Snowflake's limits of a request: as sent, and before compression. */
const LARGEST_SENT = 4_000_000;
const LARGEST_LINES = 16_000_000;
/** Compresses to less than the limit for all but random text. */
const USUAL_LINES = 8_000_000;

/** Node hands the output over in pieces of this size; with its default of 16 KB, in hundreds of them. */
const COMPRESSED_AT_ONCE = 1024 * 1024;

/** Consecutive lines [from, to) as one request; no chunk if that is one line that is too large. */
export interface Packed {
  from: number;
  to: number;
  chunk: Chunk | null;
  /** The size of the request, compressed if it fits before. */
  bytes: number;
}

/** Packs lines of JSON into as few requests as the limits allow, in order. */
export async function* packed(count: number, line: (index: number) => string): AsyncGenerator<Packed> {
  let from = 0;
  let bytes = 0;
  let lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const next = line(index);
    const bytesOfLine = Buffer.byteLength(next) + 1;
    if (lines.length > 0 && bytes + bytesOfLine > USUAL_LINES) {
      yield* compressed(lines, from);
      from = index;
      lines = [];
      bytes = 0;
    }
    lines.push(next);
    bytes += bytesOfLine;
  }
  if (lines.length > 0) yield* compressed(lines, from);
}

/** @throws StreamingError if the line is too large for a request */
export async function packedAlone(line: string): Promise<Chunk> {
  for await (const { chunk } of packed(1, () => line)) if (chunk !== null) return chunk;
  throw new StreamingError('HTTP_413', '', true);
}

async function* compressed(lines: readonly string[], from: number): AsyncGenerator<Packed> {
  const plain = Buffer.from(`${lines.join('\n')}\n`);
  const to = from + lines.length;
  const isSmall = plain.length <= LARGEST_LINES;
  const body = isSmall ? await compress(plain, { chunkSize: COMPRESSED_AT_ONCE }) : plain;
  if (isSmall && body.length <= LARGEST_SENT) {
    const chunk = { body: new Uint8Array(body), bytes: plain.length };
    yield { from, to, chunk, bytes: body.length };
    return;
  }
  if (lines.length === 1) {
    yield { from, to, chunk: null, bytes: body.length };
    return;
  }
  const middle = Math.ceil(lines.length / 2);
  yield* compressed(lines.slice(0, middle), from);
  yield* compressed(lines.slice(middle), from + middle);
}
