import type { DatedCheckpoint } from '#warehouse';
import type { PartitionLog } from '../topic-log.js';
import { logProblems } from '../verify/report.js';

/** A partition's checkpoint beside its log in Kafka. */
export interface ListedPartition {
  partition: number;
  log?: PartitionLog;
  checkpoint?: DatedCheckpoint;
  /** One sentence for each contradiction between the two. */
  problems: string[];
}

/** Includes partitions that only one side knows; a partition with two checkpoints appears twice. */
export function listed(
  logs: readonly PartitionLog[],
  checkpoints: readonly DatedCheckpoint[],
): ListedPartition[] {
  const partitions = new Set([...logs, ...checkpoints].map(({ partition }) => partition));
  return [...partitions]
    .sort((one, other) => one - other)
    .flatMap((partition): ListedPartition[] => {
      const log = logs.find((each) => each.partition === partition);
      const own = checkpoints.filter((each) => each.partition === partition);
      const known = { partition, ...(log && { log }) };
      return own.length === 0
        ? [{ ...known, problems: [] }]
        : own.map((checkpoint) => ({
            ...known,
            checkpoint,
            problems: logProblems(log ?? null, checkpoint.nextOffset),
          }));
    });
}
