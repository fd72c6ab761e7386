import type { DeadLetter } from '#pipeline';
import { deadLetterMessage, withoutValue } from './dead-letter-message.js';

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
  reason: '2 fields are not as the contract says',
  details: [{ field: 'quantity', rule: 'min', expected: 'an integer of at least 1', actualType: 'number' }],
  eventType: 'ORDER_CREATED',
  label: 'ORDER_CREATED',
  attempt: 2,
  failedAtMs: 1_750_000_000_123,
};

describe('deadLetterMessage', () => {
  it('keeps the original bytes, key and headers, and says beside them what failed where', () => {
    expect(deadLetterMessage(LETTER, 'wine').message).toEqual({
      key: Buffer.from([0xff, 0x00]),
      value: Buffer.from([0xc3, 0x28]),
      headers: {
        traceparent: Buffer.from('00-ab'),
        many: [Buffer.from('a'), Buffer.from([0xff])],
        'dlq.error.type': 'invalid_schema',
        'dlq.error.reason': '2 fields are not as the contract says',
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

  it('leaves the value out where the topic cannot hold it, and says how large it was', () => {
    const whole = deadLetterMessage(LETTER, 'wine');
    const cut = withoutValue(whole);
    expect(cut.message.value).toBeNull();
    expect(cut.message.headers).toMatchObject({ 'dlq.value.omitted': 'true', 'dlq.value.bytes': '2' });
    expect(cut.message.headers).toMatchObject({ 'dlq.error.type': 'invalid_schema' });
  });
});
