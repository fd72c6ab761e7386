import type { Checkpoint, TopicPartition } from '#pipeline';
import { OperationError, UsageError } from '../failures.js';
import type { PartitionLog } from '../topic-log.js';

/** The offsets of a partition to pass over, both ends included. */
export interface Passed {
  partition: number;
  offset: number;
  through: number;
}

/** Offsets to pass over, [from, to). */
export interface Pass extends TopicPartition {
  from: number;
  to: number;
}

/**
 * Plans the offsets to pass over. The first must be the checkpoint, so that no readable record is settled this way.
 *
 * @throws UsageError, OperationError
 */
export function planPass(
  { partition, offset, through }: Passed,
  logs: readonly PartitionLog[],
  checkpoints: readonly Checkpoint[],
): Pass {
  if (through < offset)
    throw new UsageError(`--through is ${through}; expected at least --offset, ${offset}.`);
  const [checkpoint, second] = checkpoints.filter((each) => each.partition === partition);
  if (checkpoint === undefined) throw new OperationError(`Partition ${partition} has no checkpoint.`);
  if (second !== undefined) {
    throw new OperationError(
      `Partition ${partition} has more than one checkpoint; delete all but the lowest first.`,
    );
  }
  const { topic, nextOffset } = checkpoint;
  if (nextOffset !== offset) {
    throw new OperationError(
      `Partition ${partition}: the checkpoint stands at ${nextOffset}, not at ${offset}. The offset to pass over is ` +
        'the one that the /health page of the service reports; wait until the service has stored everything before it.',
    );
  }
  const end = logs.find((log) => log.partition === partition)?.end ?? 0;
  if (through >= end) {
    throw new OperationError(`Partition ${partition}: ${through} is not in its log, which ends at ${end}.`);
  }
  return { topic, partition, from: offset, to: through + 1 };
}
