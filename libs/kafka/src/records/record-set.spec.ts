import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { CompressionTypes, type KafkaMessage } from 'kafkajs';
import { compress as compressSnappy } from 'snappy';
import type { MessageHeaders } from '#pipeline';
import { registerCodecs } from '../kafkajs-2.2.4/codecs.js';
import { FetchedRecord } from './fetched-record.js';
import { writeProduce } from '../kafkajs-2.2.4/sending/produce-request.js';
import { decodeSet, type DecodedSet, type DecodingLimits } from './record-set.js';

interface Bytes {
  buffer: Buffer;
}
interface Given {
  timestamp: bigint;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer | Buffer[]>;
}
type Read = (decoder: { buffer: Buffer; offset: number }) => Promise<{ records: KafkaMessage[] }>;

const require = createRequire(import.meta.url);
const kafkajs = (path: string): unknown => require(`kafkajs/src/protocol/${path}`);
const kafkajsRead = kafkajs('recordBatch/v0/decoder.js') as Read;
const Decoder = kafkajs('decoder.js') as new (buffer: Buffer) => { buffer: Buffer; offset: number };
const encodeBatch = (kafkajs('recordBatch/v0/index.js') as { RecordBatch: (batch: object) => Promise<Bytes> })
  .RecordBatch;
const encodeRecord = kafkajs('recordBatch/record/v0/index.js') as (record: object) => Bytes;

const CODECS = [
  ['no codec', CompressionTypes.None],
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
] as const;

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
/** Excludes names of Object.prototype's properties, which kafkajs mishandles. */
const name = fc.string({ maxLength: 20 }).filter((text) => !(text in {}));
const records = fc.array(
  fc.record<Given>({
    timestamp: fc.oneof(fc.integer({ min: 0 }).map(BigInt), fc.bigInt({ min: 0n, max: 2n ** 52n })),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }),
  { minLength: 1, maxLength: 5 },
);
const batches = fc.record({
  given: records,
  compression: fc.constantFrom(0, 1, 2, 3, 4),
  transactional: fc.boolean(),
  firstOffset: fc.maxSafeInteger().map((offset) => Math.floor(Math.abs(offset) / 2)),
});
type BatchToWrite = typeof batches extends fc.Arbitrary<infer T> ? T : never;

async function written({
  given,
  compression = 0,
  transactional = false,
  firstOffset = 0,
}: Pick<BatchToWrite, 'given'> & Partial<BatchToWrite>): Promise<Buffer> {
  const first = given[0]?.timestamp ?? 0n;
  const { buffer } = await encodeBatch({
    compression,
    firstOffset: String(firstOffset),
    firstTimestamp: String(first),
    maxTimestamp: String(first),
    lastOffsetDelta: given.length - 1,
    transactional,
    producerId: '77',
    records: given.map(({ timestamp, ...record }, offsetDelta) =>
      encodeRecord({ ...record, offsetDelta, timestampDelta: Number(timestamp - first) }),
    ),
  });
  return buffer;
}

const LIMITS: DecodingLimits = { memoryBytes: 32 * 1024 * 1024, batchBytes: 1024 * 1024 * 1024 };

async function decoded(set: Buffer, fetchedOffset = 0, limits: Partial<DecodingLimits> = {}) {
  const all = { ...LIMITS, ...limits };
  const fetched = { topic: 't', partition: 3, bytes: set, fetchedOffset };
  const result: DecodedSet = await decodeSet(fetched, all, () => undefined);
  return { ...result, records: result.records.filter((record) => record instanceof FetchedRecord) };
}

/** Writes a valid checksum, whatever the batch contains. */
function signed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

/** A batch of one record. Not written by kafkajs, which cannot write a header without a value. */
function batchWith(headers: MessageHeaders): Buffer {
  const messages = [{ value: null, headers }];
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }];
  return writeProduce({ acks: -1, timeout: 0, topicData }).subarray(PRODUCE_BYTES);
}
/** The size of a Produce request in front of its only batch. */
const PRODUCE_BYTES = 27;

const EMPTY = Buffer.alloc(0);
const record = (value: Buffer | null): Given => ({ timestamp: 0n, key: null, value, headers: {} });
const noise = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7919) % 251));

const seen = (
  message: {
    [Name in keyof KafkaMessage]?: unknown;
  } & { batchContext?: { producerId: string; inTransaction: boolean } },
) => ({
  offset: message.offset,
  timestamp: message.timestamp,
  key: message.key,
  value: message.value,
  headers: { ...(message.headers as object) },
  producerId: message.batchContext?.producerId,
  inTransaction: message.batchContext?.inTransaction,
});

beforeAll(registerCodecs);

describe('decodeSet', () => {
  it('decodes the same records as kafkajs', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const batch = await written(given);
        const { records: read, undecodable } = await decoded(batch, given.firstOffset);
        const { records: theirs } = await kafkajsRead(new Decoder(batch));
        expect(undecodable).toBeNull();
        expect(read.map(seen)).toEqual(theirs.map(seen));
      }),
    );
  });

  it('accepts header names that are properties of every object', async () => {
    const value = Buffer.from('v');
    const headers = { constructor: value, toString: value };
    const [read] = (await decoded(await written({ given: [{ ...record(value), headers }] }))).records;
    expect(read?.headers).toEqual(headers);
  });

  it('distinguishes a header without a value from an empty one', async () => {
    const headers = { none: null, empty: EMPTY, both: [null, EMPTY] };
    const [read] = (await decoded(batchWith(headers))).records;
    expect(read?.headers).toEqual(headers);
  });

  it.each([1, 340_000])(
    'keeps 1,000 headers with %d different names and those of this service, and counts the others',
    async (names) => {
      const all = Array.from({ length: 340_000 }, () => EMPTY);
      const flood = names === 1 ? { flood: all } : Object.fromEntries(all.entries());
      const buffer = batchWith({ ...flood, 'dlq.redrive.id': Buffer.from('id') });
      const [read] = (await decoded(buffer)).records;
      expect(Object.values(read?.headers ?? {}).flat()).toHaveLength(1_001);
      expect(read?.headers['dlq.redrive.id']).toEqual(Buffer.from('id'));
      expect(read?.headersOmitted).toBe(339_000);
    },
  );

  it('reads any 64-bit timestamp', async () => {
    const batch = await written({ given: [{ ...record(EMPTY), timestamp: 1n }] });
    batch.writeBigInt64BE(-(2n ** 63n) + 1n, 27);
    const [read] = (await decoded(signed(batch))).records;
    expect(read?.timestampMs).toBe(-(2n ** 63n) + 1n);
  });

  it.each([
    ['all records', 0, []],
    ['the last records', 1, ['7']],
  ])('ends at the end of a batch of which compaction removed %s', async (_what, left, offsets) => {
    const given = left === 0 ? [] : [record(Buffer.from('v'))];
    const batch = await written({ given, transactional: true, firstOffset: 7 });
    batch.writeInt32BE(4, 23);
    const { records: read } = await decoded(signed(batch));
    expect(read.at(-1)).toMatchObject({ offset: '11', isControlRecord: true, key: null, value: null });
    expect(read.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset)).toEqual(
      offsets,
    );
  });

  it('ends before a batch that the broker cut off', async () => {
    const batch = await written({ given: [record(EMPTY)] });
    const next = await written({ given: [record(EMPTY)], firstOffset: 1 });
    const { records: read, undecodable } = await decoded(Buffer.concat([batch, next.subarray(0, -1)]));
    expect(undecodable).toBeNull();
    expect(read.map(({ position }) => position)).toEqual([0]);
  });
});

describe.each(CODECS)('a batch with %s', (_name, compression) => {
  it('is read in several fetches, each record once, if it exceeds the memory limit', async () => {
    const values = Array.from({ length: 500 }, (_, index) => noise(index * 3));
    const batch = await writtenInParts(values.map(record), compression);
    const read: Buffer[] = [];
    let fetches = 0;
    for (; read.length < values.length && fetches < 100; fetches += 1) {
      const { records: some, undecodable } = await decoded(batch, read.length, { memoryBytes: 40_000 });
      expect(undecodable).toBeNull();
      expect(some[0]?.position).toBe(read.length);
      for (const { value } of some) if (value !== null) read.push(value);
    }
    expect(read.length).toBe(values.length);
    expect(Buffer.concat(read).equals(Buffer.concat(values))).toBe(true);
    expect(fetches).toBeGreaterThan(5);
  });

  it('keeps the beginning, the size and the checksum of a record that is too large for memory', async () => {
    const large = noise(400_000);
    const given = [record(Buffer.from('a')), { ...record(large), key: noise(300) }, record(Buffer.from('b'))];
    const batch = await writtenInParts(given, compression);
    const { records: read, undecodable } = await decoded(batch, 0, { memoryBytes: 200_000 });
    expect(undecodable).toBeNull();
    expect(read.map(({ value }) => value)).toEqual([
      Buffer.from('a'),
      large.subarray(0, 64 * 1024),
      Buffer.from('b'),
    ]);
    expect(read.map(({ oversize }) => oversize)).toEqual([
      null,
      {
        recordBytes: expect.any(Number),
        keyBytes: 300,
        keySha256: createHash('sha256').update(noise(300)).digest('hex'),
        valueBytes: 400_000,
        sha256: createHash('sha256').update(large).digest('hex'),
      },
      null,
    ]);
    expect(read[1]?.key).toEqual(noise(300));
  });

  it('is decoded, or reported with the offset where decoding fails, whatever its bytes are', async () => {
    const given = Array.from({ length: 20 }, (_, index) => record(noise(index * 10)));
    const batch = await written({ given, compression });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 21, max: batch.length - 1 }),
        fc.integer({ min: 0, max: 255 }),
        async (at, byte) => {
          const wrong = Buffer.from(batch);
          wrong[at] = byte;
          const { records: read, undecodable } = await decoded(signed(wrong));
          const next = (read.at(-1)?.position ?? -1) + 1;
          expect(undecodable?.first ?? next).toBe(next);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Uses xerial's framing for snappy: a bare block cannot be read in parts. */
function writtenInParts(given: Given[], compression: CompressionTypes): Promise<Buffer> {
  return compression === CompressionTypes.Snappy ? xerial(given) : written({ given, compression });
}

/** As snappy-java writes it: magic, two versions, then blocks of bare snappy, each preceded by its length. */
async function xerial(given: Given[]): Promise<Buffer> {
  const plain = await written({ given });
  const blocks: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]), Buffer.alloc(8)];
  for (let at = 61; at < plain.length; at += 32_768) {
    const packed = Buffer.from(await compressSnappy(plain.subarray(at, at + 32_768)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(packed.length);
    blocks.push(length, packed);
  }
  const batch = Buffer.concat([plain.subarray(0, 61), ...blocks]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt16BE(CompressionTypes.Snappy, 21);
  return signed(batch);
}

describe('decodeSet reports an unreadable batch with its offsets, and reads what precedes it:', () => {
  const good = () => written({ given: [record(Buffer.from('good'))], firstOffset: 10 });
  const three = { given: [record(EMPTY), record(EMPTY), record(EMPTY)], firstOffset: 20 };
  const changed = (batch: Buffer, change: (batch: Buffer) => void) => {
    change(batch);
    return batch;
  };

  it.each<[what: string, spoil: (batch: Buffer) => Buffer, message: RegExp, first: number]>([
    [
      'a wrong checksum',
      (batch) => changed(batch, (b) => b.writeUInt8(b.readUInt8(70) ^ 1, 70)),
      /checksum/,
      20,
    ],
    ['fewer records than its count', (b) => signed(changed(b, () => b.writeInt32BE(4, 57))), /cut short/, 23],
    [
      'more records than its count',
      (b) => signed(changed(b, () => b.writeInt32BE(2, 57))),
      /more records/,
      22,
    ],
    ['a negative count', (b) => signed(changed(b, () => b.writeInt32BE(-1, 57))), /-1 records/, 20],
    ['a negative record length', (b) => signed(changed(b, () => b.writeUInt8(1, 61))), /-1 bytes/, 20],
    ['a wrong record length', (b) => signed(changed(b, () => b.writeUInt8(16, 61))), /does not end/, 20],
    ['offsets beyond its last one', (b) => signed(changed(b, () => b.writeInt32BE(1, 23))), /offsets/, 22],
    ['an unknown codec', (b) => signed(changed(b, () => b.writeInt16BE(5, 21))), /codec 5/, 20],
    ['bytes that are not gzip', (b) => signed(changed(b, () => b.writeInt16BE(1, 21))), /gzip is broken/, 20],
  ])('%s', async (_what, spoil, message, from) => {
    const set = Buffer.concat([await good(), spoil(await written(three))]);
    const { records: read, undecodable } = await decoded(set, 10);
    expect(read.map(({ position }) => position).filter((position) => position < 20)).toEqual([10]);
    expect(undecodable).toMatchObject({
      first: from,
      fault: { class: 'setup', code: 'RECORD_BATCH_CORRUPT' },
    });
    expect(undecodable?.fault.message).toMatch(message);
    expect(undecodable?.fault.message).toMatch(/^t-3@\d+ to \d+ cannot be read: /);
    expect(undecodable?.fault.remedy).toContain(
      `checkpoints pass --partition 3 --offset ${from} --through ${undecodable?.last ?? ''} --yes`,
    );
  });

  it.each(CODECS.slice(1))('%s that decompresses to more than the limit', async (_name, compression) => {
    const given = Array.from({ length: 100 }, () => record(Buffer.alloc(10_000)));
    const batch = await written({ given, compression, firstOffset: 20 });
    const limits = { memoryBytes: 100_000, batchBytes: 500_000 };
    let next = 20;
    let result = await decoded(batch, next, limits);
    for (; result.undecodable === null && next < 120; result = await decoded(batch, next, limits)) {
      next = (result.records.at(-1)?.position ?? next) + 1;
    }
    expect(result.undecodable).toMatchObject({
      first: (result.records.at(-1)?.position ?? next - 1) + 1,
      last: 119,
      fault: { code: 'RECORD_BATCH_TOO_LARGE' },
    });
  });
});
