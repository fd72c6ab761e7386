import {
  partitionName,
  type Batch,
  type DeadLetter,
  type PartitionRange,
  type TopicPartition,
} from '#pipeline';
import { missingCheckpoint } from '../../checkpoint-faults.js';
import type { IndexedRow, PartitionStream } from './partition-stream.js';

/** A batch's share of one partition. */
export interface BatchPart {
  stream: PartitionStream;
  range: PartitionRange;
  rows: IndexedRow[];
  letters: DeadLetter[];
}

function isIn({ topic, partition }: TopicPartition, part: BatchPart | undefined): boolean {
  return part?.range.partition === partition && part.range.topic === topic;
}

/** @throws FaultError if a partition was not claimed */
export function partsOf(
  { rows, deadLetters, ranges }: Batch,
  streams: ReadonlyMap<string, PartitionStream>,
  consumerGroup: string,
): BatchPart[] {
  const parts = new Map(
    ranges.map((range): [string, BatchPart] => {
      const name = partitionName(range);
      const stream = streams.get(name);
      if (stream === undefined) throw missingCheckpoint(consumerGroup, range);
      return [name, { stream, range, rows: [], letters: [] }];
    }),
  );
  // Rows of one partition mostly follow one another.
  let last: BatchPart | undefined;
  for (const [index, row] of rows.entries()) {
    if (!isIn(row.message, last)) last = parts.get(partitionName(row.message));
    last?.rows.push({ row, index });
  }
  for (const letter of deadLetters) parts.get(partitionName(letter.message))?.letters.push(letter);
  return [...parts.values()];
}
