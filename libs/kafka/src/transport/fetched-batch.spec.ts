import type { EachBatchPayload } from 'kafkajs';
import { KafkaFetchedBatch } from './fetched-batch.js';

/** A fetch whose values lie one after the other in a buffer of this size. */
function fetchOf(values: (string | null)[], memoryBytes: number): KafkaFetchedBatch {
  const memory = Buffer.alloc(memoryBytes);
  let end = 0;
  const messages = values.map((text, index) => {
    const value = text === null ? null : memory.subarray(end, (end += memory.write(text, end)));
    return { offset: String(index), timestamp: '0', attributes: 0, key: null, value };
  });
  const batch = {
    topic: 't',
    partition: 0,
    highWatermark: String(values.length),
    fetchedOffset: '0',
    messages,
    lastOffset: () => String(values.length - 1),
  };
  return new KafkaFetchedBatch({ batch } as unknown as EachBatchPayload);
}

describe('isCompact', () => {
  const event = '{"event_type":"ORDER_CREATED"}'.padEnd(400);

  it('is true if the messages fill their buffer', () => {
    expect(fetchOf(Array<string>(100).fill(event), 100 * 470).isCompact).toBe(true);
  });

  it('is true if the messages fill a fair share of a buffer with other partitions', () => {
    expect(fetchOf(Array<string>(100).fill(event), 10 * 100 * 470).isCompact).toBe(true);
  });

  it('is false if one small message would keep a whole response in memory', () => {
    expect(fetchOf([event], 64 * 1024).isCompact).toBe(false);
  });

  it('is true if there is no value to keep', () => {
    expect(fetchOf([null], 64 * 1024).isCompact).toBe(true);
  });
});
