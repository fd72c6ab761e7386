import { decompressFrame } from 'lz4-napi';
import { readLz4Block } from './lz4-block.js';
import { corrupt } from '../records/undecodable.js';

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md */
const MAGIC = 0x184d2204;
const FLAGS_AT = 4;
const BLOCK_SIZE_AT = 5;
const DESCRIPTOR_BYTES = 7;
const HAS_INDEPENDENT_BLOCKS = 0x20;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const IS_UNCOMPRESSED = 0x8000_0000;
/** How far back a block may refer to earlier ones. */
const WINDOW_BYTES = 64 * 1024;

/** The maximum block size by its code in the frame descriptor. */
const BLOCK_BYTES: Record<number, number> = {
  4: 64 * 1024,
  5: 256 * 1024,
  6: 1024 * 1024,
  7: 4 * 1024 * 1024,
};

interface Block {
  at: number;
  length: number;
  isCompressed: boolean;
}

/** An upper bound for the decompressed size of a frame, computed without decompressing. */
export function mostLz4Bytes(frame: Buffer): number {
  const { blockBytes, blocks } = parsed(frame);
  let count = 0;
  for (const block of blocks) if (block.length > 0) count += 1;
  return count * blockBytes;
}

export async function wholeLz4(frame: Buffer): Promise<Buffer> {
  return decompressFrame(frame);
}

/** Decompresses a frame block by block. */
export async function* lz4Chunks(frame: Buffer): AsyncGenerator<Buffer> {
  const { blockBytes, blocks, isIndependent } = parsed(frame);
  // The end of the previous block, followed by the decompressed block.
  const memory = Buffer.allocUnsafeSlow(WINDOW_BYTES + blockBytes);
  let start = 0;
  for (const { at, length, isCompressed } of blocks) {
    const bytes = frame.subarray(at, at + length);
    if (isIndependent) start = 0;
    const end = isCompressed ? readLz4Block(bytes, memory, start) : start + bytes.copy(memory, start);
    yield Buffer.from(memory.subarray(start, end));
    const from = Math.max(0, end - WINDOW_BYTES);
    memory.copyWithin(0, from, end);
    start = end - from;
  }
}

interface Frame {
  blockBytes: number;
  isIndependent: boolean;
  blocks: Iterable<Block>;
}

function parsed(frame: Buffer): Frame {
  if (frame.length < DESCRIPTOR_BYTES || frame.readUInt32LE(0) !== MAGIC)
    throw corrupt('lz4: the frame header is missing');
  const flags = frame.readUInt8(FLAGS_AT);
  const blockBytes = BLOCK_BYTES[(frame.readUInt8(BLOCK_SIZE_AT) >> 4) & 0x07];
  if (blockBytes === undefined) throw corrupt('lz4: the block size code of a frame is invalid');
  const checksumBytes = (flags & HAS_BLOCK_CHECKSUMS) === 0 ? 0 : 4;
  const begin =
    DESCRIPTOR_BYTES + ((flags & HAS_CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & HAS_DICTIONARY) === 0 ? 0 : 4);
  const isIndependent = (flags & HAS_INDEPENDENT_BLOCKS) !== 0;
  return { blockBytes, isIndependent, blocks: blocksOf(frame, begin, checksumBytes) };
}

/** A generator because a frame may have millions of empty blocks. */
function* blocksOf(frame: Buffer, begin: number, checksumBytes: number): Generator<Block> {
  for (let at = begin; ;) {
    if (at + 4 > frame.length) throw corrupt('lz4: a frame is cut short');
    const size = frame.readUInt32LE(at);
    if (size === 0) return;
    const length = size % IS_UNCOMPRESSED;
    const end = at + 4 + length;
    if (end > frame.length) throw corrupt(`lz4: a block of ${length} bytes is cut short`);
    yield { at: at + 4, length, isCompressed: size < IS_UNCOMPRESSED };
    at = end + checksumBytes;
  }
}
