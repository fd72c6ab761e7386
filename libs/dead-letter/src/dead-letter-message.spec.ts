import type { DeadLetter } from '#pipeline';
import { deadLetterMessage } from './dead-letter-message.js';

const LETTER: DeadLetter = {
  message: {
    topic: 'sales_events',
    partition: 3,
    offset: 1042,
    timestampMs: 1_750_000_000_000,
    key: Buffer.from([0xff, 0x00]),
    value: Buffer.from([0xc3, 0x28]),
    headers: { traceparent: Buffer.from('00-ab'), many: [Buffer.from('a'), Buffer.from([0xff])] },
  },
  errorType: 'invalid_schema',
  reason: '2 faulty fields',
  details: [{ field: 'quantity', rule: 'min', expected: 'an integer of at least 1', actualType: 'number' }],
  eventType: 'ORDER_CREATED',
  label: 'ORDER_CREATED',
  attempt: 2,
  failedAtMs: 1_750_000_000_123,
};

describe('deadLetterMessage', () => {
  it('keeps the original value, key and headers, and adds headers that say what failed and where', () => {
    expect(deadLetterMessage(LETTER, 'wine').message).toEqual({
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from([0xc3, 0x28]),
      headers: {
        traceparent: Buffer.from('00-ab'),
        many: [Buffer.from('a'), Buffer.from([0xff])],
        'dlq.error.type': 'invalid_schema',
        'dlq.error.reason': '2 faulty fields',
        'dlq.error.details':
          '[{"field":"quantity","rule":"min","expected":"an integer of at least 1","actualType":"number"}]',
        'dlq.source.topic': 'sales_events',
        'dlq.source.partition': '3',
        'dlq.source.offset': '1042',
        'dlq.source.timestamp': '1750000000000',
        'dlq.event.type': 'ORDER_CREATED',
        'dlq.group': 'wine',
        'dlq.attempt': '2',
        'dlq.failed.at': '2025-06-15T15:06:40.123Z',
      },
    });
  });

  it('replaces the headers of an earlier failure of the same message', () => {
    const headers = { 'dlq.attempt': Buffer.from('1'), 'dlq.error.type': Buffer.from('json_decode') };
    const again = deadLetterMessage({ ...LETTER, message: { ...LETTER.message, headers } }, 'wine');
    expect(again.message.headers).toMatchObject({ 'dlq.attempt': '2', 'dlq.error.type': 'invalid_schema' });
  });

  it('omits value, headers and key in turn if the topic cannot hold them, and marks each', () => {
    const id = '0f88e6bc-9341-4393-b4b0-c8945448277c';
    const headers = { ...LETTER.message.headers, 'dlq.redrive.id': Buffer.from(id) };
    const letter = { ...LETTER, message: { ...LETTER.message, headers, headersOmitted: 5 } };
    const withoutValue = deadLetterMessage(letter, 'wine').shorter();
    expect(withoutValue?.message).toMatchObject({
      key: LETTER.message.key,
      value: null,
      headers: {
        many: LETTER.message.headers['many'],
        'dlq.error.type': 'invalid_schema',
        'dlq.headers.omitted': '5',
        'dlq.value.omitted': 'true',
        'dlq.value.bytes': '2',
      },
    });
    const withoutHeaders = withoutValue?.shorter();
    expect(withoutHeaders?.message).toMatchObject({
      key: LETTER.message.key,
      headers: { 'dlq.redrive.id': id, 'dlq.value.bytes': '2', 'dlq.headers.omitted': '9' },
    });
    expect(withoutHeaders?.message.headers).not.toHaveProperty('many');
    const withoutKey = withoutHeaders?.shorter();
    expect(withoutKey?.message).toMatchObject({
      key: null,
      headers: { 'dlq.value.bytes': '2', 'dlq.headers.omitted': '9', 'dlq.key.bytes': '2' },
    });
    expect(withoutKey?.shorter()).toBeNull();
  });

  it('omits only parts that the message has', () => {
    const message = { ...LETTER.message, value: null, headers: {} };
    const cut = deadLetterMessage({ ...LETTER, message }, 'wine').shorter();
    expect(cut?.message.headers).toMatchObject({ 'dlq.key.omitted': 'true' });
    expect(cut?.message.headers).not.toHaveProperty(['dlq.value.omitted']);
    expect(cut?.shorter()).toBeNull();
  });
});
