import fc from 'fast-check';
import type { DeadLetter } from '#pipeline';
import { toDeadLetterEntry } from './dead-letter-entry.js';
import { toDeadLetterRecord } from './dead-letter-record.js';

const NOT_ACTED_ON = {
  status: 'open',
  redriveId: null,
  redrivenAtMs: null,
  storedAtMs: null,
  storedMetadata: null,
  resolvedAtMs: null,
  resolution: null,
} as const;

function letter(message: Partial<DeadLetter['message']>): DeadLetter {
  return {
    message: {
      topic: 'sales_events',
      partition: 3,
      offset: 1042,
      timestampMs: 1_700_000_000_000,
      key: null,
      value: Buffer.from('{'),
      headers: {},
      ...message,
    },
    errorType: 'invalid_schema',
    reason: 'ORDER_CREATED with 1 faulty field',
    details: [{ field: 'quantity', rule: 'isInt', expected: 'an integer', actualType: 'string' }],
    eventType: 'ORDER_CREATED',
    label: 'ORDER_CREATED',
    attempt: 2,
    failedAtMs: 1_700_000_000_500,
  };
}

function readBack(written: DeadLetter, maxValueBytes = 1024) {
  return toDeadLetterEntry({ ...toDeadLetterRecord(written, maxValueBytes), ...NOT_ACTED_ON });
}

const BYTES = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const TEXT = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text));

describe('a dead letter read back from its row', () => {
  it('has the original bytes of any value, key and headers', () => {
    fc.assert(
      fc.property(
        fc.option(fc.oneof(BYTES, TEXT)),
        fc.option(fc.oneof(BYTES, TEXT)),
        fc.array(fc.option(fc.oneof(BYTES, TEXT)), { minLength: 1 }),
        (value, key, tags) => {
          const read = readBack(letter({ value, key, headers: { tag: tags } }));
          expect(read.value).toEqual(value === null ? { kind: 'none' } : { kind: 'whole', bytes: value });
          expect(read.key).toEqual(key);
          expect(read.headers).toEqual(tags.map((tag) => ({ name: 'tag', value: tag })));
        },
      ),
    );
  });

  it('says how many headers were not kept', () => {
    expect(readBack(letter({ headersOmitted: 74_000 })).headersOmitted).toBe(74_000);
    expect(readBack(letter({})).headersOmitted).toBe(0);
  });

  it('has its coordinates, its faults and its number of attempts', () => {
    expect(readBack(letter({}))).toMatchObject({
      topic: 'sales_events',
      partition: 3,
      offset: 1042,
      timestampMs: 1_700_000_000_000,
      errorType: 'invalid_schema',
      reason: 'ORDER_CREATED with 1 faulty field',
      details: [{ field: 'quantity', rule: 'isInt', expected: 'an integer', actualType: 'string' }],
      eventType: 'ORDER_CREATED',
      attempt: 2,
      failedAtMs: 1_700_000_000_500,
    });
  });

  it('has the prefix, the size and the hash of a value that was cut off', () => {
    const { value } = readBack(letter({ value: Buffer.from('x'.repeat(100)) }), 8);
    expect(value).toEqual({
      kind: 'prefix',
      bytes: Buffer.from('xxxxxxxx'),
      totalBytes: 100,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('says where a redriven message was stored', () => {
    const entry = toDeadLetterEntry({
      ...toDeadLetterRecord(letter({}), 1024),
      ...NOT_ACTED_ON,
      status: 'stored',
      storedAtMs: 1_700_000_001_000,
      storedMetadata: '{"topic":"sales_events","partition":3,"offset":2000}',
    });
    expect(entry).toMatchObject({
      status: 'stored',
      storedAtMs: 1_700_000_001_000,
      storedAs: { topic: 'sales_events', partition: 3, offset: 2000 },
    });
  });
});
