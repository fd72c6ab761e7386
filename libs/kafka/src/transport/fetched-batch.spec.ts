import type { EachBatchPayload } from 'kafkajs';
import { KafkaFetchedBatch } from './fetched-batch.js';

/** A fetch whose values lie one after the other in memory of that size. */
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

describe('a fetch is compact', () => {
  const event = '{"event_type":"ORDER_CREATED"}'.padEnd(400);

  it('where its messages fill their memory', () => {
    expect(fetchOf(Array<string>(100).fill(event), 100 * 470).isCompact).toBe(true);
  });

  it('where it has its share of a memory with those of other partitions', () => {
    expect(fetchOf(Array<string>(100).fill(event), 10 * 100 * 470).isCompact).toBe(true);
  });

  it('but not where one small message would hold a response full of others', () => {
    expect(fetchOf([event], 64 * 1024).isCompact).toBe(false);
  });

  it('also where it has nothing that could be kept', () => {
    expect(fetchOf([null], 64 * 1024).isCompact).toBe(true);
  });
});
