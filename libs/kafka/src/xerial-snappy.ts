import { uncompress } from 'snappy';

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** Magic, version and compatible version (four bytes each). */
const HEADER_BYTES = MAGIC.length + 8;

/** Whether the bytes are in the framing of snappy-java (xerial), which Kafka's Java client writes. */
export function isXerial(buffer: Buffer): boolean {
  return buffer.length >= HEADER_BYTES && buffer.subarray(0, MAGIC.length).equals(MAGIC);
}

/**
 * Each block is a four-byte length, big endian, and that many bytes of bare snappy.
 *
 * @throws Error where a block is cut short or is not snappy
 */
export async function decompressXerial(buffer: Buffer): Promise<Buffer> {
  const blocks: Promise<string | Buffer>[] = [];
  for (let at = HEADER_BYTES; at < buffer.length;) {
    const length = buffer.readInt32BE(at);
    const end = at + 4 + length;
    if (length < 0 || end > buffer.length) throw new Error(`snappy: a block of ${length} bytes is cut short`);
    blocks.push(uncompress(buffer.subarray(at + 4, end), { asBuffer: true }));
    at = end;
  }
  return Buffer.concat((await Promise.all(blocks)).map((block) => Buffer.from(block)));
}
