import { createHash } from 'node:crypto';
import { letter } from '#testing/warehouse-contract';
import { toDeadLetterRecord } from '../rows/dead-letter-record.js';
import { encodePrefix } from '../rows/kept-bytes.js';
import { differences } from './entry-differences.js';
import type { LetterEntry, RowEntry } from './ledger-entry.js';
import { isSameJson } from './same-json.js';

const MESSAGE = letter(7).message;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function row(over: Partial<RowEntry> = {}): RowEntry {
  return {
    kind: 'row',
    offset: 7,
    timestampMs: MESSAGE.timestampMs,
    key: null,
    keyEncoding: null,
    content: sha256('{"a":1}'),
    contentKind: 'sha256',
    eventType: null,
    productId: null,
    customerId: null,
    ...over,
  };
}

/** A dead letter as the table holds it. */
function letterRow(message: Partial<typeof MESSAGE>, maxBytes = 1_000): [LetterEntry, typeof MESSAGE] {
  const whole = { ...MESSAGE, ...message };
  const record = toDeadLetterRecord(letter(7, { message: whole }), maxBytes);
  const metadata = JSON.parse(record.metadata) as { value?: { sha256: string } };
  const entry: LetterEntry = {
    kind: 'letter',
    errorType: record.errorType,
    offset: 7,
    timestampMs: whole.timestampMs,
    key: record.originalKey,
    keyEncoding: record.keyEncoding,
    content: record.originalValue === null ? null : sha256(record.originalValue),
    valueBytes: record.originalValue === null ? null : Buffer.byteLength(record.originalValue),
    valueEncoding: record.valueEncoding,
    wholeSha256: metadata.value?.sha256 ?? null,
    headers: record.headers,
  };
  return [entry, whole];
}

describe('a row and its record', () => {
  const message = { ...MESSAGE, value: Buffer.from('{"a":1}') };

  it('match in content, key and timestamp', () => {
    expect(differences(row(), message)).toEqual([]);
    expect(differences(row({ contentKind: 'json', content: '{ "a": 1.0 }' }), message)).toEqual([]);
    const binary = { ...message, key: Buffer.from([0xff]) };
    expect(differences(row({ key: '/w==', keyEncoding: 'base64' }), binary)).toEqual([]);
  });

  it('differ in any of these', () => {
    expect(differences(row({ content: sha256('{"a":2}') }), message)).toEqual(['value']);
    expect(differences(row({ key: 'x' }), message)).toEqual(['key']);
    expect(differences(row({ timestampMs: 1 }), message)).toEqual(['timestamp']);
    expect(differences(row(), { ...message, value: null })).toEqual(['value']);
  });
});

/** The prefixes of a value of 5,000 bytes and a key of 3,000 bytes. */
const BEGINNING = { key: Buffer.from('k'.repeat(500)), value: Buffer.from('é'.repeat(800)) };
const OVERSIZE = { recordBytes: 8_100, keyBytes: 3_000, keySha256: 'cd', valueBytes: 5_000, sha256: 'ab' };

describe('a dead letter and its record', () => {
  it.each([
    ['text', { value: Buffer.from('{"a": "🍷') }],
    ['bytes that are not text', { value: Buffer.from([0xff, 0]), key: Buffer.from([0xfe]) }],
    ['no value', { value: null }],
    ['headers', { headers: { tag: [Buffer.from('a'), Buffer.from([0xff])], 7: Buffer.from('b') } }],
    ['a text kept as a prefix', { value: Buffer.from('é'.repeat(2_000)) }],
    ['bytes kept as a prefix', { value: Buffer.alloc(2_000, 0xff) }],
    ['a record of which only a prefix was read', { ...BEGINNING, oversize: OVERSIZE }],
  ])('match with %s', (_what, given) => {
    expect(differences(...letterRow(given))).toEqual([]);
  });

  it('differ in value, key, headers or timestamp', () => {
    const [entry, message] = letterRow({ key: Buffer.from('k'), headers: { tag: Buffer.from('a') } });
    for (const [over, part] of [
      [{ value: Buffer.from('other') }, 'value'],
      [{ key: Buffer.from('l') }, 'key'],
      [{ headers: { tag: Buffer.from('b') } }, 'headers'],
      [{ timestampMs: 1 }, 'timestamp'],
    ] as const) {
      expect(differences(entry, { ...message, ...over })).toEqual([part]);
    }
  });

  it('differ even if only the bytes after the kept prefix differ', () => {
    const [entry, message] = letterRow({ value: Buffer.from('a'.repeat(2_000)) });
    const value = Buffer.from(`${'a'.repeat(1_999)}b`);
    expect(encodePrefix(value, 'utf8', 1_000)).toBe('a'.repeat(1_000));
    expect(differences(entry, { ...message, value })).toEqual(['value']);
  });
});

describe('a dead letter and a record of which only a prefix was read', () => {
  it('differ in the hash of the whole value', () => {
    const [entry, message] = letterRow({ ...BEGINNING, oversize: OVERSIZE });
    expect(differences(entry, { ...message, oversize: { ...OVERSIZE, sha256: 'ef' } })).toEqual(['value']);
  });
});

describe('JSON compared by value', () => {
  it.each([
    ['{"a":1,"b":[true,null]}', '{ "b": [true, null], "a": 1.0 }'],
    ['{"p":0.1234567890123456789}', '{"p":0.1234567890123457}'],
    ['{"s":"a\\u00e9"}', '{"s":"aé"}'],
  ])('%s equals %s', (one, other) => {
    expect(isSameJson(one, other)).toBe(true);
  });

  it.each([
    ['{"a":1}', '{"a":2}'],
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":1}', '{"a":1,"b":null}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":{}}', '{"a":[]}'],
    ['{"price":10.01}', '{"price":10.02}'],
    ['{"a":1}', '{'],
  ])('%s does not equal %s', (one, other) => {
    expect(isSameJson(one, other)).toBe(false);
  });
});
