import { bySourcePartition } from './kafka-dead-letter-publisher.js';

const METADATA = [0, 1, 2].map((partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

function partitionOf(source: number, key: string): number {
  const message = { key, value: null, headers: { 'dlq.source.partition': String(source) } };
  return bySourcePartition()({ topic: 'sales_events_dlq', partitionMetadata: METADATA, message });
}

it('letters of one source partition go to one partition, whatever their keys, and all partitions are used', () => {
  expect(['a', 'b', 'c'].map((key) => partitionOf(4, key))).toEqual([1, 1, 1]);
  expect([0, 1, 2, 3, 11].map((source) => partitionOf(source, 'a'))).toEqual([0, 1, 2, 0, 2]);
});
