import { createRequire } from 'node:module';
import fc from 'fast-check';
import {
  encodeRecord,
  installRecordEncoding,
  type EncodedRecord,
  type RecordToEncode,
} from './record-encoding.js';

type Encode = (record: RecordToEncode) => EncodedRecord;

const require = createRequire(import.meta.url);
const kafkajsRecord = () => require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as Encode;

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 90 }),
);
const headerName = fc.string({ unit: 'grapheme', maxLength: 70 });
const record: fc.Arbitrary<RecordToEncode> = fc.record({
  offsetDelta: fc.nat(),
  timestampDelta: fc.oneof(
    fc.integer(),
    fc.maxSafeInteger().filter((ms) => Math.abs(ms) < 2 ** 51),
  ),
  key: fc.option(bytes),
  value: fc.option(bytes, { nil: undefined }),
  headers: fc.dictionary(headerName, fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })), { maxKeys: 14 }),
});

describe('encodeRecord', () => {
  it('writes what kafkajs writes', () => {
    const original = kafkajsRecord();
    expect(original).not.toBe(encodeRecord);
    fc.assert(
      fc.property(record, (given) => {
        expect(encodeRecord(given).buffer.toString('hex')).toBe(original(given).buffer.toString('hex'));
      }),
    );
  });

  it('writes a header without a value, which kafkajs cannot', () => {
    const given = { offsetDelta: 0, timestampDelta: 0, key: null, value: null };
    const { buffer } = encodeRecord({ ...given, headers: { a: null } });
    expect([...buffer]).toEqual([18, 0, 0, 0, 1, 1, 2, 2, 97, 1]);
    expect(encodeRecord(given).buffer.subarray(-1)).toEqual(Buffer.from([0]));
  });
});

describe('installRecordEncoding', () => {
  it('has kafkajs use it', () => {
    installRecordEncoding();
    installRecordEncoding();
    expect(kafkajsRecord()).toBe(encodeRecord);
  });
});
