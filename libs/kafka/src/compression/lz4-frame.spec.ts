import { compress, compressFrame } from 'lz4-napi';
import { lz4Chunks, mostLz4Bytes, wholeLz4 } from './lz4-frame.js';

const TEXT = Buffer.from(Array.from({ length: 40_000 }, (_, at) => `${at * 7919} Château`).join(' '));

async function read(frame: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of lz4Chunks(frame)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A frame whose first block is uncompressed, and whose other blocks refer to the ones before them. */
async function linked(parts: Buffer[]): Promise<Buffer> {
  const frame: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0])];
  let before: Buffer = Buffer.alloc(0);
  for (const [index, part] of parts.entries()) {
    const isCompressed = index > 0;
    const block = isCompressed ? (await compress(part, before)).subarray(4) : part;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(isCompressed ? block.length : block.length + 0x8000_0000);
    frame.push(length, block);
    before = Buffer.concat([before, part]).subarray(-65_536);
  }
  return Buffer.concat([...frame, Buffer.alloc(4)]);
}

describe('an lz4 frame', () => {
  it('decompresses to the same bytes block by block and as a whole', async () => {
    const frame = await compressFrame(TEXT);
    expect((await read(frame)).equals(TEXT)).toBe(true);
    expect((await wholeLz4(frame)).equals(TEXT)).toBe(true);
    expect(mostLz4Bytes(frame)).toBeGreaterThanOrEqual(TEXT.length);
  });

  it('may have blocks that refer to earlier blocks, or that are not compressed', async () => {
    const parts = Array.from({ length: 9 }, (_, index) =>
      TEXT.subarray(index * 30_000, index * 30_000 + 60_000),
    );
    expect((await read(await linked(parts))).equals(Buffer.concat(parts))).toBe(true);
  });

  it('may repeat one byte, or hardly repeat anything', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 31) >> 5));
    for (const plain of [Buffer.alloc(9_000_000, ' '), bytes, Buffer.from('x')]) {
      expect((await read(await compressFrame(plain))).equals(plain)).toBe(true);
    }
  });

  it('is read or refused, and never crashes the reader, if any byte of a block is wrong', async () => {
    const frame = await compressFrame(TEXT.subarray(0, 3_000));
    for (let at = 11; at < frame.length - 4; at += 1) {
      const spoilt = Buffer.from(frame);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x55;
      const end = await read(spoilt).then(
        () => 'read',
        (error: unknown) => String(error),
      );
      expect(end).toMatch(/^(read|UndecodableError: lz4: )/);
    }
  });

  it.each([
    ['cut short', (frame: Buffer) => frame.subarray(0, -5)],
    ['not lz4', () => Buffer.from('no frame')],
  ])('is refused if it is %s', async (_what, spoil) => {
    const frame = spoil(await compressFrame(TEXT));
    expect(() => mostLz4Bytes(frame)).toThrow(/^lz4: /);
  });
});
