import { corrupt } from '../records/undecodable.js';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version and compatible version (four bytes each). */
const HEADER_BYTES = MAGIC.length + 8;

/** Whether the bytes are in the framing of snappy-java (xerial), which Kafka's Java client writes. */
export function isXerial(buffer: Buffer): boolean {
  return buffer.length >= HEADER_BYTES && buffer.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * Yields the blocks of bare snappy; each is preceded by its length in four bytes, big endian. A generator because a
 * batch may have millions of empty blocks.
 *
 * @throws UndecodableError if a block is cut short
 */
export function* xerialBlocks(buffer: Buffer): Generator<Buffer> {
  for (let at = HEADER_BYTES; at < buffer.length;) {
    if (at + 4 > buffer.length) throw corrupt('snappy: a block is cut short');
    const length = buffer.readInt32BE(at);
    const end = at + 4 + length;
    if (length < 0 || end > buffer.length) throw corrupt(`snappy: a block of ${length} bytes is cut short`);
    yield buffer.subarray(at + 4, end);
    at = end;
  }
}
