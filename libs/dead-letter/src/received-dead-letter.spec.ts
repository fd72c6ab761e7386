import type { DeadLetter, Message, MessageHeaders } from '#pipeline';
import { deadLetterMessage, type DeadLetterMessage } from './dead-letter-message.js';
import { receivedDeadLetter } from './received-dead-letter.js';

const LETTER: Omit<DeadLetter, 'label'> = {
  message: {
    topic: 'sales_events',
    partition: 3,
    offset: 1042,
    timestampMs: 1_750_000_000_000,
    key: Buffer.from([0xff, 0x00]),
    value: Buffer.from([0xc3, 0x28]),
    headers: {
      traceparent: Buffer.from('00-ab'),
      many: [Buffer.from('a'), null, Buffer.from([0xff])],
      none: null,
      empty: Buffer.alloc(0),
      'dlq.redrive.id': Buffer.from('0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e'),
    },
    headersOmitted: 74_000,
  },
  errorType: 'invalid_schema',
  reason: '2 Felder sind nicht wie vereinbart: Größe',
  details: [{ field: 'quantity', rule: 'min', expected: 'an integer of at least 1', actualType: 'number' }],
  eventType: 'ORDER_CREATED',
  attempt: 2,
  failedAtMs: 1_750_000_000_123,
};

/** The message as a consumer of the dead-letter topic receives it. */
function consumed({ message }: DeadLetterMessage, over: MessageHeaders = {}): Message {
  const bytes = (value: Buffer | string | null) => (value === null ? null : Buffer.from(value));
  const headers = Object.entries(message.headers ?? {}).map(([name, value = '']) => [
    name,
    Array.isArray(value) ? value.map(bytes) : bytes(value),
  ]);
  return {
    topic: 'sales_events_dlq',
    partition: 0,
    offset: 5,
    timestampMs: 1,
    key: message.key as Buffer | null,
    value: message.value,
    headers: { ...(Object.fromEntries(headers) as MessageHeaders), ...over },
  };
}

function shortened(message: DeadLetterMessage, times: number): DeadLetterMessage {
  const shorter = message.shorter();
  if (times === 0 || shorter === null) return message;
  return shortened(shorter, times - 1);
}

const record = () => deadLetterMessage({ ...LETTER, label: 'ORDER_CREATED' }, 'wine');

describe('receivedDeadLetter', () => {
  it('reads back what deadLetterMessage wrote', () => {
    expect(receivedDeadLetter(consumed(record()))).toEqual({
      ...LETTER,
      group: 'wine',
      omittedBytes: null,
      omittedKeyBytes: null,
      sha256: null,
    });
  });

  it('recognizes a value of which only the beginning was read', () => {
    const oversize = { recordBytes: 120, keyBytes: 2, keySha256: 'cd', valueBytes: 100, sha256: 'ab' };
    const letter = { ...LETTER, label: 'other' as const, message: { ...LETTER.message, oversize } };
    expect(receivedDeadLetter(consumed(deadLetterMessage(letter, 'wine')))).toMatchObject({
      message: { value: Buffer.from([0xc3, 0x28]) },
      omittedBytes: 100,
      sha256: 'ab',
    });
  });

  it('recognizes an event without a type, and a value that the topic could not hold', () => {
    const letter = { ...LETTER, label: 'other' as const, eventType: null };
    expect(receivedDeadLetter(consumed(shortened(deadLetterMessage(letter, 'wine'), 1)))).toMatchObject({
      eventType: null,
      message: { value: null },
      omittedBytes: 2,
    });
  });

  it.each([
    ['dlq.source.topic', ''],
    ['dlq.source.offset', '-1'],
    ['dlq.source.partition', 'one'],
    ['dlq.source.timestamp', ''],
    ['dlq.error.type', 'somebody_elses'],
    ['dlq.error.details', '{"field": 1}'],
    ['dlq.error.details', '[null]'],
    ['dlq.error.details', '[{'],
    ['dlq.attempt', ''],
    ['dlq.failed.at', 'yesterday'],
  ])('ignores a record with %s = "%s"', (name, value) => {
    expect(receivedDeadLetter(consumed(record(), { [name]: Buffer.from(value) }))).toBeNull();
  });

  it('ignores a record without headers', () => {
    expect(receivedDeadLetter({ ...consumed(record()), headers: {} })).toBeNull();
  });
});
