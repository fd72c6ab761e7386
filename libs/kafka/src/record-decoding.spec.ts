import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { registerCodecs } from './codecs.js';
import type { MessageHeaders } from '#pipeline';
import type { FetchedRecord } from './fetched-record.js';
import { writeProduce } from './produce-request.js';
import { installRecordDecoding, readRecordBatch } from './record-decoding.js';

interface Bytes {
  buffer: Buffer;
}
type Headers = Record<string, Buffer | Buffer[]>;
interface Given {
  timestamp: bigint;
  key: Buffer | null;
  value: Buffer | null;
  headers: Headers;
}
type Read = (decoder: { buffer: Buffer; offset: number }) => Promise<{ records: KafkaMessage[] }>;

const require = createRequire(import.meta.url);
const kafkajs = (path: string): unknown => require(`kafkajs/src/protocol/${path}`);
const kafkajsRead = () => kafkajs('recordBatch/v0/decoder.js') as Read;
const Decoder = kafkajs('decoder.js') as new (buffer: Buffer) => { buffer: Buffer; offset: number };
const encodeBatch = (kafkajs('recordBatch/v0/index.js') as { RecordBatch: (batch: object) => Promise<Bytes> })
  .RecordBatch;
const encodeRecord = kafkajs('recordBatch/record/v0/index.js') as (record: object) => Bytes;

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
/** Not those that kafkajs mistakes for what every object has. */
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

async function written({ given, compression, transactional, firstOffset }: BatchToWrite): Promise<Buffer> {
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

const seen = (record: KafkaMessage & { batchContext?: { producerId: string; inTransaction: boolean } }) => ({
  offset: record.offset,
  timestamp: record.timestamp,
  key: record.key,
  value: record.value,
  headers: { ...record.headers },
  producerId: record.batchContext?.producerId,
  inTransaction: record.batchContext?.inTransaction,
  isControlRecord: (record as unknown as { isControlRecord: boolean }).isControlRecord,
});

const EMPTY = Buffer.alloc(0);

/** A batch of one record; kafkajs itself cannot write a header without a value. */
function batchWith(headers: MessageHeaders): Buffer {
  const messages = [{ value: null, headers }];
  const topicData = [{ topic: 't', partitions: [{ partition: 0, messages }] }];
  return writeProduce({ acks: -1, timeout: 0, topicData }).subarray(PRODUCE_BYTES);
}
/** What a Produce request has before its only batch. */
const PRODUCE_BYTES = 27;

const asMessage = (record: FetchedRecord) => record as unknown as KafkaMessage;

describe('readRecordBatch', () => {
  it('reads what kafkajs reads', async () => {
    registerCodecs();
    const original = kafkajsRead();
    expect(original).not.toBe(readRecordBatch);
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const buffer = Buffer.concat([Buffer.from('before'), await written(given), Buffer.from('after')]);
        const [ours, theirs] = [new Decoder(buffer), new Decoder(buffer)];
        ours.offset = theirs.offset = 'before'.length;
        const { records: read } = await readRecordBatch(ours);
        expect(read.map(asMessage).map(seen)).toEqual((await original(theirs)).records.map(seen));
        expect(ours.offset).toBe(theirs.offset);
      }),
    );
  });

  it('takes header names for names, also where every object has such a property', async () => {
    const value = Buffer.from('v');
    const headers = { constructor: value, toString: value };
    const given = [{ timestamp: 0n, key: null, value, headers }];
    const buffer = await written({ given, compression: 0, transactional: false, firstOffset: 0 });
    const [record] = (await readRecordBatch(new Decoder(buffer))).records;
    expect(record?.headers).toEqual(headers);
  });

  it('tells a header without a value from an empty one', async () => {
    const headers = { none: null, empty: EMPTY, both: [null, EMPTY] };
    const [record] = (await readRecordBatch(new Decoder(batchWith(headers)))).records;
    expect(record?.headers).toEqual(headers);
  });

  it.each([1, 340_000])(
    'keeps 1,000 headers of %d names, and those of this service, and counts the others',
    async (names) => {
      const all = Array.from({ length: 340_000 }, () => EMPTY);
      const flood = names === 1 ? { flood: all } : Object.fromEntries(all.entries());
      const buffer = batchWith({ ...flood, 'dlq.redrive.id': Buffer.from('id') });
      const [record] = (await readRecordBatch(new Decoder(buffer))).records;
      expect(Object.values(record?.headers ?? {}).flat()).toHaveLength(1_001);
      expect(record?.headers['dlq.redrive.id']).toEqual(Buffer.from('id'));
      expect(record?.headersOmitted).toBe(339_000);
    },
  );

  it('reads any time of 64 bits that a producer may send', async () => {
    const value = Buffer.from('v');
    const given = [{ timestamp: 1n, key: null, value, headers: {} }];
    const buffer = await written({ given, compression: 0, transactional: false, firstOffset: 0 });
    buffer.writeBigInt64BE(-(2n ** 63n) + 1n, 27);
    const [record] = (await readRecordBatch(new Decoder(buffer))).records;
    expect(record?.message({ topic: 't', partition: 0 }).timestampMs).toBe(-(2n ** 63n) + 1n);
  });

  it.each([
    ['all records', 0, []],
    ['the last records', 1, ['7']],
  ])('ends where the batch ended that compaction has taken %s of', async (_what, left, offsets) => {
    const given = [{ timestamp: 0n, key: null, value: Buffer.from('v'), headers: {} }];
    const buffer = await written({ given, compression: 0, transactional: true, firstOffset: 7 });
    buffer.writeInt32BE(4, 23);
    buffer.writeInt32BE(left, 57);
    const { records: read } = await readRecordBatch(new Decoder(buffer));
    expect(read.at(-1)).toMatchObject({ offset: '11', isControlRecord: true, key: null, value: null });
    expect(read.filter(({ isControlRecord }) => !isControlRecord).map(({ offset }) => offset)).toEqual(
      offsets,
    );
  });

  it('says of a batch that the broker cut off what kafkajs goes by', async () => {
    const given = [{ timestamp: 0n, key: null, value: Buffer.from('v'), headers: {} }];
    const buffer = await written({ given, compression: 0, transactional: false, firstOffset: 0 });
    const cut = new Decoder(buffer.subarray(0, -1));
    await expect(readRecordBatch(cut)).rejects.toMatchObject({ name: 'KafkaJSPartialMessageError' });
  });
});

describe('installRecordDecoding', () => {
  it('has kafkajs use it', () => {
    installRecordDecoding();
    installRecordDecoding();
    expect(kafkajsRead()).toBe(readRecordBatch);
  });
});
