import { FaultError, partitionName, type TopicPartition } from '#pipeline';
import { INGESTION_CHECKPOINTS } from './tables.js';

const TABLE = INGESTION_CHECKPOINTS.name;

/** Which of two checkpoints holds nobody can say but the operator. */
export function twoCheckpoints(
  consumerGroup: string,
  partition: TopicPartition,
  tables: readonly string[] = [TABLE],
): FaultError {
  const [first, ...others] = new Set(tables);
  const holders = others.length === 0 ? `${first} has` : `${[first, ...others].join(' and ')} together have`;
  return new FaultError({
    class: 'setup',
    code: 'TWO_CHECKPOINTS',
    message: `${holders} two rows for ${partitionName(partition)} of group ${consumerGroup}`,
    remedy: 'Delete one of them; the one with the smaller NEXT_OFFSET if they differ',
  });
}

/** A checkpoint that was claimed is gone: stale would send the reader to a place that nobody knows. */
export function missingCheckpoint(consumerGroup: string, partition: TopicPartition): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'CHECKPOINT_MISSING',
    message: `${TABLE} has lost the row of ${partitionName(partition)} of group ${consumerGroup}`,
    remedy:
      'Put the row back, or restart the service: it goes on where RAW_EVENTS_STREAM holds all that was settled, and says ' +
      'what to do where it does not',
  });
}

/** Another owner's transaction is in the way, and may still fail: it is not known who will have written. */
export function checkpointInUse(): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'CHECKPOINT_IN_USE',
    message: 'Another owner of a partition of this batch is writing at this moment',
    remedy: null,
  });
}

export function notOpen(): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'NOT_OPEN',
    message: 'The warehouse is not open: it was closed, or its start-up check found faults',
    remedy: null,
  });
}
