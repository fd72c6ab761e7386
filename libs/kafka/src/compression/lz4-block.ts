import { copyBack, copyLiteral } from './back-reference.js';
import { corrupt } from '../records/undecodable.js';

const LEAST_MATCH = 4;
/** Bytes that follow a length of this value are added to it, up to and including the first below {@link MOST}. */
const LONG = 15;
const MOST = 255;

/**
 * Decompresses a block into `output` at `at`. The block may refer to the bytes before `at`. Returns the end position.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 *
 * @throws UndecodableError
 */
export function readLz4Block(block: Uint8Array, output: Uint8Array, at: number): number {
  let from = 0;
  let to = at;
  const lengthOf = (nibble: number) => {
    if (nibble < LONG) return nibble;
    let length = LONG;
    for (;;) {
      const more = block[from++] ?? endsEarly();
      length += more;
      if (more < MOST) return length;
    }
  };
  while (from < block.length) {
    const token = block[from++] ?? endsEarly();
    const literal = lengthOf(token >> 4);
    if (from + literal > block.length || to + literal > output.length) endsEarly();
    copyLiteral(block, from, output, to, literal);
    from += literal;
    to += literal;
    // The last sequence has only literals.
    if (from === block.length) return to;
    const distance = (block[from++] ?? endsEarly()) + 256 * (block[from++] ?? endsEarly());
    const match = lengthOf(token & LONG) + LEAST_MATCH;
    if (distance === 0 || distance > to || to + match > output.length) endsEarly();
    copyBack(output, to, distance, match);
    to += match;
  }
  return to;
}

function endsEarly(): never {
  throw corrupt('lz4: a block is invalid');
}
