import { createReadStream } from 'node:fs';
import { messageOf, OperationError } from '../../failures.js';

export interface FileLine {
  /** From 1. */
  number: number;
  /** Without the line break. */
  bytes: Buffer;
}

const LINE_BREAK = '\n'.charCodeAt(0);
/** A value of EVENT_MAX_BYTES, escaped, is shorter. A file without line breaks must not fill the memory. */
const MOST_LINE_BYTES = 512 * 1024 * 1024;

/**
 * The lines of a file, one at a time, without those that are blank.
 *
 * @throws OperationError if the file cannot be read
 */
export async function* fileLines(path: string): AsyncGenerator<FileLine> {
  let number = 1;
  let pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
      const bytes = Buffer.concat([...pieces, chunk.subarray(start, end)]);
      if (!isBlank(bytes)) yield { number, bytes };
      number += 1;
      pieces = [];
      length = 0;
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MOST_LINE_BYTES) {
      throw new OperationError(`Line ${number} of ${path} is longer than ${MOST_LINE_BYTES} bytes.`);
    }
  }
  const bytes = Buffer.concat(pieces);
  if (!isBlank(bytes)) yield { number, bytes };
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new OperationError(`The file cannot be read: ${messageOf(error)}`);
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
