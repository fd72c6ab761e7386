import fc from 'fast-check';
import type { HeaderValue, Message } from '#pipeline';
import { LineReader } from './line-reader.js';
import { LineWriter } from './line-writer.js';
import { fromLine, toLine } from './record-line.js';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
);
/** Bytes whose lines take far more room than themselves, or a block of their own. */
const large = fc
  .tuple(
    fc.constantFrom('"', '\u0001', '\n', 'é', '\ud83c\udf77', '\u0000', 'a'),
    fc.constantFrom(1, 100, 30_000),
  )
  .map(([text, times]) => Buffer.from(text.repeat(times)));
const orNull = fc.option(bytes, { nil: null });
const headerName = fc.string({ unit: 'binary' }).map((name) => Buffer.from(name).toString());

const records: fc.Arbitrary<Message> = fc.record({
  topic: fc.constant('t'),
  partition: fc.nat(),
  offset: fc.maxSafeNat(),
  timestampMs: fc.oneof(fc.maxSafeInteger(), fc.bigInt(2n ** 60n, 2n ** 63n - 1n)),
  timestampType: fc.constantFrom('CreateTime' as const, 'LogAppendTime' as const),
  key: orNull,
  value: orNull,
  headers: fc.dictionary(
    headerName,
    fc.oneof(orNull, fc.array(orNull, { minLength: 2 })) as fc.Arbitrary<HeaderValue | HeaderValue[]>,
    { noNullPrototype: true },
  ),
  headersOmitted: fc.nat(3),
  oversize: fc.constantFrom(null, {
    recordBytes: 9,
    keyBytes: 1,
    keySha256: 'ab',
    valueBytes: 8,
    sha256: 'cd',
  }),
});

describe('a line', () => {
  it('restores every byte of any record', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(fromLine(toLine(record), 't')).toEqual(record);
      }),
    );
  });

  it('is one line, whatever the record contains', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(toLine(record).indexOf('\n')).toBe(toLine(record).length - 1);
      }),
    );
  });

  it.each<[string, Partial<Message>, string]>([
    ['text as text', { value: Buffer.from('{"a":"é"}') }, String.raw`"value":"{\"a\":\"é\"}"`],
    ['bytes that are not UTF-8 in base64', { value: Buffer.from([0xff]) }, '"value_base64":"/w=="'],
    [
      'NUL in base64, because many readers end a text there',
      { value: Buffer.from([0x61, 0]) },
      '"value_base64":"YQA="',
    ],
    ['a tombstone as null', { value: null }, '"value":null'],
    ['an empty key, which is not a missing one', { key: Buffer.alloc(0) }, '"key":""'],
    [
      'a time in nanoseconds without losing digits',
      { timestampMs: 1_795_500_000_000_000_001n },
      '"timestamp":"1795500000000000001"',
    ],
  ])('has %s', (_, part, expected) => {
    const record = {
      topic: 't',
      partition: 0,
      offset: 1,
      timestampMs: 5,
      key: null,
      value: null,
      headers: {},
    };
    expect(toLine({ ...record, ...part })).toContain(expected);
  });

  it('takes at most about twice the room of the value', () => {
    const value = Buffer.alloc(1_000_000, '\u0001');
    const record = { topic: 't', partition: 0, offset: 1, timestampMs: 5, key: null, value, headers: {} };
    expect(toLine(record).length).toBeLessThan(2_100_000);
  });
});

const PLAIN = { headers: {}, headersOmitted: 0, oversize: null };

/** Several in a row: with little but a key and a value, with all that a record can have, or with large parts. */
const lists = fc.array(
  fc
    .tuple(
      records,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant<Partial<Message>>(PLAIN) },
        { weight: 3, arbitrary: fc.constant<Partial<Message>>({}) },
        large.map((value): Partial<Message> => ({ value })),
        large.map((value): Partial<Message> => ({ ...PLAIN, value })),
        large.map((value): Partial<Message> => ({ headers: { name: value } })),
      ),
    )
    .map(([record, part]) => ({ ...record, ...part })),
  { minLength: 1, maxLength: 8 },
);

describe('LineReader', () => {
  it('restores every byte of any record, in memory of its own', () => {
    const reader = new LineReader('t');
    fc.assert(
      fc.property(lists, (list) => {
        const lines = Buffer.from(list.map(toLine).join(''));
        const read: (Message | null)[] = [];
        for (let from = 0; from < lines.length;) {
          const to = lines.indexOf('\n', from);
          read.push(reader.read(lines, from, to));
          from = to + 1;
        }
        lines.fill(0);
        expect(read.map((record) => record && toLine(record))).toEqual(list.map(toLine));
      }),
    );
  });

  it('agrees with fromLine on lines that something has changed', () => {
    const reader = new LineReader('t');
    const line = fc.tuple(
      records,
      fc.nat(),
      fc.constantFrom('', '0', '"', '\\', '}', ',', ' ', '\u0001', 'null'),
    );
    fc.assert(
      fc.property(line, fc.boolean(), ([record, place, text], isPlain) => {
        const before = toLine(isPlain ? { ...record, ...PLAIN } : record).trimEnd();
        const at = place % before.length;
        const changed = Buffer.from(before.slice(0, at) + text + before.slice(at + 1));
        expect(reader.read(changed, 0, changed.length)).toEqual(fromLine(changed.toString(), 't'));
      }),
    );
  });
});

describe('LineWriter', () => {
  it('writes the same lines one behind another, whatever the records contain', () => {
    const writer = new LineWriter();
    fc.assert(
      fc.property(lists, (list) => {
        const written = list.map((record) => writer.write(record));
        const lines = written.map(({ block, from, to }) => block.toString('utf8', from, to));
        expect(lines).toEqual(list.map(toLine));
      }),
    );
  });

  it('gives a large record memory of its own, of the size of its line', () => {
    const value = Buffer.alloc(1_000_000, 'a');
    const record = { topic: 't', partition: 0, offset: 1, timestampMs: 5, key: null, value, headers: {} };
    const { block, from, to } = new LineWriter().write(record);
    expect([from, to]).toEqual([0, block.length]);
  });
});
