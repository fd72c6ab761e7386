import { EventJudge } from '#events';
import type { FetchedBatch } from './event-source.js';
import { MessageJudge } from './judge.js';

const KEY = Buffer.from('key');
const VALUE = Buffer.from('{"event_type":"OTHER"}');

function fetchOf(isCompact: boolean): FetchedBatch {
  const place = { topic: 't', partition: 0 };
  const message = { ...place, offset: 7, timestampMs: 1, key: KEY, value: VALUE, headers: {} };
  return {
    ...place,
    fetchedOffset: 7,
    nextOffset: 8,
    highWatermark: 8,
    bytes: KEY.length + VALUE.length,
    length: 1,
    isCompact,
    at: () => message,
    heartbeat: () => Promise.resolve(),
    resolve: () => undefined,
  };
}

function rowOf(isCompact: boolean) {
  const room = { events: 10, bytes: 1_000 };
  const [row] = new MessageJudge(new EventJudge({ maxBytes: 100 })).slice(fetchOf(isCompact), 0, 7, room)
    .slice.rows;
  return row;
}

describe('a row that is stored', () => {
  it('keeps the bytes of a compact fetch as they are', () => {
    const row = rowOf(true);
    expect(row?.content).toBe(VALUE);
    expect(row?.message.key).toBe(KEY);
  });

  it('keeps nothing of the memory of another fetch', () => {
    const row = rowOf(false);
    expect(row?.content).toEqual(VALUE);
    expect(row?.content.buffer).not.toBe(VALUE.buffer);
    expect(row?.message.key).toEqual(KEY);
    expect(row?.message.key?.buffer).not.toBe(KEY.buffer);
    expect(row?.message).not.toHaveProperty('value');
  });
});
