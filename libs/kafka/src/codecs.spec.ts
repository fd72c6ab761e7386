import { compress as compressSnappy } from 'snappy';
import { decompressXerial, isXerial } from './xerial-snappy.js';

const TEXT = Buffer.from('Château '.repeat(2_000));

/** As snappy-java writes it: magic, two versions, then blocks of a length and bare snappy. */
async function xerial(...blocks: Buffer[]): Promise<Buffer> {
  const header = Buffer.concat([Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]), Buffer.alloc(8)]);
  const framed = await Promise.all(
    blocks.map(async (block) => {
      const packed = Buffer.from(await compressSnappy(block));
      const length = Buffer.alloc(4);
      length.writeInt32BE(packed.length);
      return Buffer.concat([length, packed]);
    }),
  );
  return Buffer.concat([header, ...framed]);
}

describe('snappy as the Java client frames it', () => {
  it('is told from bare snappy', async () => {
    expect(isXerial(await xerial(TEXT))).toBe(true);
    expect(isXerial(Buffer.from(await compressSnappy(TEXT)))).toBe(false);
  });

  it('is put together from all its blocks', async () => {
    const packed = await xerial(TEXT, Buffer.from('second'), Buffer.alloc(0));
    expect((await decompressXerial(packed)).equals(Buffer.concat([TEXT, Buffer.from('second')]))).toBe(true);
  });

  it('is refused where a block is cut short', async () => {
    const packed = await xerial(TEXT);
    await expect(decompressXerial(packed.subarray(0, -1))).rejects.toThrow(
      /^snappy: a block of \d+ bytes is cut short$/,
    );
  });
});
