import { copyBack, copyLiteral } from './back-reference.js';
import { corrupt } from '../records/undecodable.js';

/** A literal's tag holds its length minus one if that is below 60; 60 to 63 mean that 1 to 4 length bytes follow. */
const SHORT_LITERAL = 60;

/**
 * Decompresses a block without framing.
 * https://github.com/google/snappy/blob/main/format_description.txt
 *
 * @throws UndecodableError
 */
export function readSnappyBlock(block: Uint8Array): Buffer {
  const { length: size, end } = lengthOf(block);
  const output = Buffer.allocUnsafeSlow(size);
  let from = end;
  let to = 0;
  const little = (bytes: number) => {
    let number = 0;
    for (let index = 0; index < bytes; index += 1) number += (block[from++] ?? isWrong()) * 2 ** (8 * index);
    return number;
  };
  while (from < block.length) {
    const tag = block[from++] ?? isWrong();
    const rest = tag >> 2;
    let length = rest + 1;
    let distance: number;
    switch (tag & 3) {
      case 0:
        if (rest >= SHORT_LITERAL) length = little(rest - SHORT_LITERAL + 1) + 1;
        if (from + length > block.length || to + length > size) isWrong();
        copyLiteral(block, from, output, to, length);
        from += length;
        to += length;
        continue;
      case 1:
        length = (rest & 7) + 4;
        distance = (tag >> 5) * 256 + little(1);
        break;
      case 2:
        distance = little(2);
        break;
      default:
        distance = little(4);
    }
    if (distance === 0 || distance > to || to + length > size) isWrong();
    copyBack(output, to, distance, length);
    to += length;
  }
  if (to !== size) isWrong();
  return output;
}

/** The decompressed length, with which a block begins. */
export function snappyLength(block: Uint8Array): number {
  return lengthOf(block).length;
}

function lengthOf(block: Uint8Array): { length: number; end: number } {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { length, end: index + 1 };
  }
  throw corrupt('snappy: a block does not state its length');
}

function isWrong(): never {
  throw corrupt('snappy: a block is invalid');
}
