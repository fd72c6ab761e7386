import type { StoredRow } from '#pipeline';
import { toEventRow } from './event-row.js';

const message = {
  topic: 'sales_events',
  partition: 0,
  offset: 7,
  timestampMs: 1_700_000_000_000,
  headers: {},
};

function row(key: Buffer | null, eventType: string | null = 'ORDER_CREATED'): StoredRow {
  return {
    message: { ...message, key },
    eventType,
    label: 'other',
    productId: 1,
    customerId: null,
    content: Buffer.from('{"a" : 1}'),
    redriveId: null,
  };
}

describe('an event as a row', () => {
  it('holds the coordinates, the time and the key as metadata', () => {
    expect(JSON.parse(toEventRow(row(Buffer.from('clé "1"'))).metadata)).toEqual({
      topic: 'sales_events',
      partition: 0,
      offset: 7,
      timestamp_ms: 1_700_000_000_000,
      key: 'clé "1"',
    });
    expect(JSON.parse(toEventRow(row(null)).metadata)).toMatchObject({ key: null });
  });

  it('flags a key that is not text', () => {
    expect(JSON.parse(toEventRow(row(Buffer.from([0xff]))).metadata)).toMatchObject({
      key: '/w==',
      key_encoding: 'base64',
    });
  });

  it('leaves the content as it is', () => {
    expect(toEventRow(row(null)).content).toBe('{"a" : 1}');
  });

  it('replaces characters of the event type that text columns cannot hold', () => {
    expect(toEventRow(row(null, 'A\0\uDC00')).eventType).toBe('A\uFFFD\uFFFD');
  });
});
