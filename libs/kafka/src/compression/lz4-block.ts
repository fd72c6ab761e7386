import { copyBack, copyLiteral } from './back-reference.js';
import { corrupt } from '../records/undecodable.js';

const LEAST_MATCH = 4;
/** A length of as many is followed by what it has beyond that. */
const LONG = 15;
const MOST = 255;

/**
 * Decompresses a block to `output`, from `at` on; it may refer to what lies before. Returns where it ends.
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
    // The last sequence is literals alone.
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
  throw corrupt('lz4: a block is not as it says');
}
