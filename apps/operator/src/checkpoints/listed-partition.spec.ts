import type { DatedCheckpoint } from '#warehouse';
import type { PartitionLog } from '../topic-log.js';
import { listed } from './listed-partition.js';

const LOG: PartitionLog = { partition: 0, start: 5, end: 50, committed: 30 };
const CHECKPOINT: DatedCheckpoint = {
  topic: 'sales_events',
  partition: 0,
  firstOffset: 0,
  nextOffset: 30,
  stored: 30,
  deadLettered: 0,
  skipped: 0,
  gaps: 0,
  lost: 0,
  lastTimestampMs: null,
  updatedAtMs: 0,
  heldIn: 'INGESTION_CHECKPOINTS',
};

describe('listed', () => {
  it('includes partitions that only one side knows, in numerical order', () => {
    const partitions = listed([{ ...LOG, partition: 2 }, LOG], [{ ...CHECKPOINT, partition: 1 }, CHECKPOINT]);
    expect(partitions).toEqual([
      { partition: 0, log: LOG, checkpoint: CHECKPOINT, problems: [] },
      {
        partition: 1,
        checkpoint: { ...CHECKPOINT, partition: 1 },
        problems: ['Kafka has no such partition'],
      },
      { partition: 2, log: { ...LOG, partition: 2 }, problems: [] },
    ]);
  });

  it.each([
    ['beyond the end of the log', 51, /beyond the end of the log, 50/],
    ['before the start', 3, /deleted offsets 3-4 before they were read/],
    ['below the committed offset', 29, /30 is ahead of the checkpoint 29/],
  ])('reports a checkpoint %s', (_what, nextOffset, problem) => {
    const [partition] = listed([LOG], [{ ...CHECKPOINT, nextOffset }]);
    expect(partition?.problems.join('\n')).toMatch(problem);
  });

  it('shows both checkpoints of a partition that has two', () => {
    expect(listed([LOG], [CHECKPOINT, { ...CHECKPOINT, nextOffset: 20 }])).toHaveLength(2);
  });
});
