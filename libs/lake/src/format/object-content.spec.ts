import { spawnSync } from 'node:child_process';
import { zstdDecompressSync } from 'node:zlib';
import type { Message } from '#pipeline';
import { FOOTER_BYTES, readFooter } from './footer.js';
import { pack, unpack } from './object-content.js';
import { toLine } from './record-line.js';

const SUMMARY = { first: 5, next: 9, records: 3, lost: 1, lastTimestampMs: null };

function record(offset: number, value: string): Message {
  return {
    topic: 't',
    partition: 0,
    offset,
    timestampMs: 1,
    key: null,
    value: Buffer.from(value),
    headers: {},
  };
}

/** Separators at which some readers of lines split. */
const RECORDS = [record(6, 'a\u2028b'), record(7, 'c\r\nd'), record(8, 'e'.repeat(200_000))];
const LINES = RECORDS.map((each) => Buffer.from(toLine(each)));

async function* inPieces(content: Buffer, bytes: number): AsyncIterable<Buffer> {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

async function unpacked(content: AsyncIterable<Buffer>): Promise<Message[]> {
  const records: Message[] = [];
  for await (const list of unpack('t/key', 't', content)) records.push(...list);
  return records;
}

describe('the content of an object', () => {
  it('is its records, however the store returns it', async () => {
    const content = await pack(LINES, SUMMARY);
    for (const bytes of [1, 7, 1_000_000])
      expect(await unpacked(inPieces(content, bytes))).toMatchObject(RECORDS);
  });

  it('is plain zstd to other programs, which skip the footer', async () => {
    const content = await pack(LINES, SUMMARY);
    expect(zstdDecompressSync(content).equals(Buffer.concat(LINES))).toBe(true);
    const zstd = spawnSync('zstd', ['-dc'], { input: content });
    if (zstd.error === undefined) expect(zstd.stdout.equals(Buffer.concat(LINES))).toBe(true);
  });

  it('may have no records, where retention deleted all of them', async () => {
    const content = await pack([], SUMMARY);
    expect(await unpacked(inPieces(content, 100))).toEqual([]);
    expect(readFooter('t/key', content.subarray(-FOOTER_BYTES))).toEqual(SUMMARY);
  });

  it('names the line that is not a record, and goes on after it if that is wanted', async () => {
    const lines = [LINES[0], Buffer.from('{"partition":0,"offset":"7"}\n'), Buffer.from('{\n'), LINES[2]];
    const content = await pack(
      lines.filter((line) => line !== undefined),
      SUMMARY,
    );
    await expect(unpacked(inPieces(content, 1_000))).rejects.toThrow(
      /t\/key is damaged, .*: line 2: it is not a record of the lake/,
    );
    const found: (number | object)[] = [];
    for await (const list of unpack('t/key', 't', inPieces(content, 1_000), (part) => found.push(part)))
      found.push(...list.map(({ offset }) => offset));
    const why = 'it is not a record of the lake';
    expect(found).toEqual([6, { line: 2, isRest: false, why }, { line: 3, isRest: false, why }, 8]);
  });

  it('is noticed to be damaged or cut off', async () => {
    const content = await pack(LINES, SUMMARY);
    const flipped = Buffer.from(content);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    await expect(unpacked(inPieces(flipped, 1_000))).rejects.toThrow(/t\/key is damaged/);
    await expect(unpacked(inPieces(content.subarray(0, 60), 1_000))).rejects.toThrow(/t\/key is damaged/);
    for (const tail of [content.subarray(-FOOTER_BYTES - 1, -1), content.subarray(-10)])
      expect(() => readFooter('t/key', tail)).toThrow(/t\/key is damaged.*Restore it/);
  });
});
