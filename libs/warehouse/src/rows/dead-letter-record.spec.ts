import { createHash } from 'node:crypto';
import type { DeadLetter } from '#pipeline';
import { toDeadLetterRecord } from './dead-letter-record.js';

const MEBIBYTE = 1024 * 1024;

function letter(message: Partial<DeadLetter['message']>, rest: Partial<DeadLetter> = {}): DeadLetter {
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
    errorType: 'json_decode',
    reason: 'The value is not JSON',
    details: [],
    eventType: null,
    label: 'other',
    attempt: 1,
    failedAtMs: 1_700_000_000_500,
    ...rest,
  };
}

describe('a dead letter as a row', () => {
  it('keeps a text value as text and other bytes as base64', () => {
    const text = toDeadLetterRecord(letter({ value: Buffer.from('{"a": "🍷') }), MEBIBYTE);
    expect(text).toMatchObject({ originalValue: '{"a": "🍷', valueEncoding: 'utf8' });

    const binary = Buffer.from([0xff, 0x00, 0x80]);
    const bytes = toDeadLetterRecord(letter({ value: binary }), MEBIBYTE);
    expect(bytes).toMatchObject({ originalValue: binary.toString('base64'), valueEncoding: 'base64' });
  });

  it('treats text with U+0000 as bytes, because readers cut it off there', () => {
    const value = Buffer.from('a\0b');
    const record = toDeadLetterRecord(letter({ value, key: value }), MEBIBYTE);
    expect(record).toMatchObject({ originalValue: 'YQBi', valueEncoding: 'base64' });
    expect(record).toMatchObject({ originalKey: 'YQBi', keyEncoding: 'base64' });
  });

  it('distinguishes an empty value and key from absent ones', () => {
    const empty = toDeadLetterRecord(letter({ value: Buffer.alloc(0), key: Buffer.alloc(0) }), MEBIBYTE);
    expect(empty).toMatchObject({ originalValue: '', valueEncoding: 'utf8', originalKey: '' });

    const absent = toDeadLetterRecord(letter({ value: null, key: null }), MEBIBYTE);
    expect(absent).toMatchObject({ originalValue: null, valueEncoding: null });
    expect(absent).toMatchObject({ originalKey: null, keyEncoding: null });
  });

  it('keeps every value of a header, in order', () => {
    const headers = { trace: Buffer.from('t1'), tag: [Buffer.from('a'), null, Buffer.from([0xfe])] };
    const record = toDeadLetterRecord(letter({ headers }), MEBIBYTE);
    expect(JSON.parse(record.headers)).toEqual([
      { name: 'trace', value: 't1' },
      { name: 'tag', value: 'a' },
      { name: 'tag', value: null },
      { name: 'tag', value: '/g==', encoding: 'base64' },
    ]);
  });

  it('keeps a header with a name that is special to objects', () => {
    const headers = JSON.parse('{"__proto__": 1}') as Record<string, Buffer>;
    Object.defineProperty(headers, '__proto__', { value: Buffer.from('x'), enumerable: true });
    const record = toDeadLetterRecord(letter({ headers }), MEBIBYTE);
    expect(JSON.parse(record.headers)).toEqual([{ name: '__proto__', value: 'x' }]);
  });

  it('replaces characters that text columns cannot hold', () => {
    const record = toDeadLetterRecord(letter({}, { reason: 'a\0b', eventType: 'ORDER\uD800' }), MEBIBYTE);
    expect(record).toMatchObject({ errorReason: 'a\uFFFDb', eventType: 'ORDER\uFFFD' });
  });

  it('keeps a prefix of whole characters, the size and the SHA-256 of a text value over the limit', () => {
    const value = Buffer.from('🍷'.repeat(3));
    const record = toDeadLetterRecord(letter({ value }), 10);
    expect(record).toMatchObject({ originalValue: '🍷🍷', valueEncoding: 'prefix' });
    expect(JSON.parse(record.metadata)).toEqual({
      topic: 'sales_events',
      partition: 3,
      offset: 1042,
      timestamp_ms: 1_700_000_000_000,
      value: {
        bytes: 12,
        sha256: 'b413625d296ca1eaafe6e8143562fb5a349352ceedc2cf1756a4169bc63b9b6f',
        prefix_encoding: 'utf8',
      },
    });
  });

  it('keeps a prefix of whole base64 groups of a binary value over the limit', () => {
    const value = Buffer.alloc(20, 0xff);
    const record = toDeadLetterRecord(letter({ value }), 10);
    expect(record).toMatchObject({ originalValue: '////////', valueEncoding: 'prefix' });
    expect(JSON.parse(record.metadata)).toMatchObject({ value: { bytes: 20, prefix_encoding: 'base64' } });
  });

  it('keeps a value at exactly the limit in full', () => {
    const record = toDeadLetterRecord(letter({ value: Buffer.from('0123456789') }), 10);
    expect(record).toMatchObject({ originalValue: '0123456789', valueEncoding: 'utf8' });
  });

  it('keeps a prefix, the size and the hash of a key that is too long for the table', () => {
    const key = Buffer.from('ké'.repeat(10));
    const record = toDeadLetterRecord(letter({ key }), 8);
    expect(record).toMatchObject({ originalKey: 'kékék', keyEncoding: 'prefix' });
    expect(JSON.parse(record.metadata)).toMatchObject({
      offset: 1042,
      key: { bytes: 30, sha256: sha256(key), prefix_encoding: 'utf8' },
    });
  });

  it('keeps the headers that fit into the table, and the number, size and hash of the others', () => {
    const large = Buffer.alloc(100, 'x');
    const headers = { first: Buffer.from('1'), large: [large, null], last: Buffer.from('2') };
    const record = toDeadLetterRecord(letter({ headers, headersOmitted: 3 }), 50);
    expect(record.headers).toBe('[{"name":"first","value":"1"}]');
    expect(JSON.parse(record.metadata)).toMatchObject({
      headers: { omitted: 6, bytes: 101, sha256: sha256(Buffer.concat([large, Buffer.from('2')])) },
    });
  });
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
