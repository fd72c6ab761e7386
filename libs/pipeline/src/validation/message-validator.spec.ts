import { EventValidator } from '#events';
import type { FetchedBatch } from '../ports/event-source.js';
import { MessageValidator } from './message-validator.js';
import { MAX_KEY_BYTES } from '../model/message.js';

const KEY = Buffer.from('key');
const VALUE = Buffer.from('{"event_type":"OTHER"}');
const BAD_VALUE = Buffer.from('[1,2]');
const HEADER = Buffer.from('header');

function fetchOf(isCompact: boolean, value = VALUE): FetchedBatch {
  const place = { topic: 't', partition: 0 };
  const message = { ...place, offset: 7, timestampMs: 1, key: KEY, value, headers: { h: HEADER } };
  return {
    ...place,
    fetchedOffset: 7,
    nextOffset: 8,
    first: { offset: 7, timestampMs: 1 },
    last: { offset: 7, timestampMs: 1 },
    highWatermark: 8,
    bytes: KEY.length + value.length,
    length: 1,
    isCompact,
    at: () => message,
    heartbeat: () => Promise.resolve(),
    resolve: () => undefined,
  };
}

function sliceOf(fetch: FetchedBatch) {
  const validator = new MessageValidator(new EventValidator({ maxBytes: 100 }));
  return validator.validate(fetch, 0, 7, { events: 10, bytes: 1_000 }).range;
}

function rowOf(isCompact: boolean) {
  return sliceOf(fetchOf(isCompact)).rows[0];
}

function letterOf(isCompact: boolean) {
  return sliceOf(fetchOf(isCompact, BAD_VALUE)).deadLetters[0];
}

it('an event whose key is too long for a row becomes a dead letter', () => {
  const fetch = fetchOf(true);
  const message = { ...fetch.at(0), key: Buffer.alloc(MAX_KEY_BYTES + 1) };
  const { rows, deadLetters } = sliceOf({ ...fetch, at: () => message });
  expect(rows).toEqual([]);
  expect(deadLetters).toMatchObject([
    { errorType: 'too_large', reason: 'The key has 4194305 bytes; the limit is 4194304.' },
  ]);
});

describe('a stored row', () => {
  it('references the bytes of a compact fetch', () => {
    const row = rowOf(true);
    expect(row?.content).toBe(VALUE);
    expect(row?.message.key).toBe(KEY);
  });

  it('copies the bytes of a fetch that is not compact', () => {
    const row = rowOf(false);
    expect(row?.content).toEqual(VALUE);
    expect(row?.content.buffer).not.toBe(VALUE.buffer);
    expect(row?.message.key).toEqual(KEY);
    expect(row?.message.key?.buffer).not.toBe(KEY.buffer);
    expect(row?.message).not.toHaveProperty('value');
  });
});

describe('a dead letter', () => {
  it('references the bytes of a compact fetch', () => {
    const message = letterOf(true)?.message;
    expect(message?.value).toBe(BAD_VALUE);
    expect(message?.key).toBe(KEY);
    expect(message?.headers['h']).toBe(HEADER);
  });

  it('copies the bytes of a fetch that is not compact', () => {
    const message = letterOf(false)?.message;
    expect(message?.value).toEqual(BAD_VALUE);
    expect(message?.value).not.toBe(BAD_VALUE);
    expect(message?.key).toEqual(KEY);
    expect(message?.key).not.toBe(KEY);
    expect(message?.headers['h']).toEqual(HEADER);
    expect(message?.headers['h']).not.toBe(HEADER);
  });
});
