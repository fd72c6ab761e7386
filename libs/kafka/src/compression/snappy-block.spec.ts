import { compress } from 'snappy';
import { readSnappyBlock, snappyLength } from './snappy-block.js';

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, at) => `${at * 7919} Château`).join(' '));

describe('a block of snappy', () => {
  it.each([
    ['text', TEXT],
    ['what hardly repeats', Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * at * 31) >> 5))],
    ['one byte again and again', Buffer.alloc(3_000_000, ' ')],
    ['short words again and again', Buffer.from('ab,'.repeat(100_000))],
    ['a byte', Buffer.from('x')],
    ['nothing', Buffer.alloc(0)],
  ])('is read to what the addon wrote: %s', async (_what, plain) => {
    const block = await compress(plain);
    expect(snappyLength(block)).toBe(plain.length);
    expect(readSnappyBlock(block).equals(plain)).toBe(true);
  });

  it('is read where it refers to what is further back than a copy of the usual kind reaches', () => {
    const literal = [(4 - 1) << 2, ...Buffer.from('abcd')];
    const far = [((4 - 1) << 2) | 3, 4, 0, 0, 0];
    expect(readSnappyBlock(Buffer.from([8, ...literal, ...far])).toString()).toBe('abcdabcd');
  });

  it.each([
    ['is cut short', (block: Buffer) => block.subarray(0, -1)],
    [
      'says that it is longer',
      (block: Buffer) => Buffer.concat([Buffer.from([0xff, 0xff, 0x7f]), block.subarray(3)]),
    ],
    ['refers to what lies before it', () => Buffer.from([8, (4 - 1) << 2, 1, 2, 3, 4, 1, 9])],
    ['refers to nothing', () => Buffer.from([8, (4 - 1) << 2, 1, 2, 3, 4, 1, 0])],
    ['does not tell its length', () => Buffer.from([0xff, 0xff])],
  ])('is refused where it %s', async (_what, spoil) => {
    const block = spoil(await compress(TEXT));
    expect(() => readSnappyBlock(block)).toThrow(/snappy/);
  });

  it('of any wrong byte is refused or read to some text of its length, and nothing else', async () => {
    const block = await compress(TEXT.subarray(0, 3_000));
    for (let at = 0; at < block.length; at += 1) {
      const spoilt = Buffer.from(block);
      spoilt[at] = (spoilt[at] ?? 0) ^ 0x55;
      if (snappyLength(spoilt) > 1_000_000) continue;
      try {
        expect(readSnappyBlock(spoilt)).toHaveLength(snappyLength(spoilt));
      } catch (error) {
        expect(String(error)).toMatch(/^UndecodableError: .*snappy/);
      }
    }
  });
});
