import { compress } from 'snappy';
import { readSnappyBlock, snappyLength } from './snappy-block.js';

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, at) => `${at * 7919} Château`).join(' '));

describe('a snappy block', () => {
  it.each([
    ['text', TEXT],
    [
      'bytes that hardly repeat',
      Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * at * 31) >> 5)),
    ],
    ['one repeated byte', Buffer.alloc(3_000_000, ' ')],
    ['a repeated short word', Buffer.from('ab,'.repeat(100_000))],
    ['a single byte', Buffer.from('x')],
    ['no bytes', Buffer.alloc(0)],
  ])('of %s decompresses to what the addon compressed', async (_what, plain) => {
    const block = await compress(plain);
    expect(snappyLength(block)).toBe(plain.length);
    expect(readSnappyBlock(block).equals(plain)).toBe(true);
  });

  it('may contain copies with a four-byte offset', () => {
    const literal = [(4 - 1) << 2, ...Buffer.from('abcd')];
    const far = [((4 - 1) << 2) | 3, 4, 0, 0, 0];
    expect(readSnappyBlock(Buffer.from([8, ...literal, ...far])).toString()).toBe('abcdabcd');
  });

  it.each([
    ['is cut short', (block: Buffer) => block.subarray(0, -1)],
    [
      'states too large a length',
      (block: Buffer) => Buffer.concat([Buffer.from([0xff, 0xff, 0x7f]), block.subarray(3)]),
    ],
    ['refers to bytes before its beginning', () => Buffer.from([8, (4 - 1) << 2, 1, 2, 3, 4, 1, 9])],
    ['has a copy at distance 0', () => Buffer.from([8, (4 - 1) << 2, 1, 2, 3, 4, 1, 0])],
    ['does not state its length', () => Buffer.from([0xff, 0xff])],
  ])('is refused if it %s', async (_what, spoil) => {
    const block = spoil(await compress(TEXT));
    expect(() => readSnappyBlock(block)).toThrow(/snappy/);
  });

  it('is refused, or decompresses to the stated length, if any byte is wrong', async () => {
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
