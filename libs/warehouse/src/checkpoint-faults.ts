import { FaultError, partitionName, type TopicPartition } from '#pipeline';
import { INGESTION_CHECKPOINTS } from './tables.js';

const TABLE = INGESTION_CHECKPOINTS.name;

/** Only an operator can decide which of two checkpoints is right. */
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

/** A claimed checkpoint is gone. This is not `stale`: there is no offset to send the reader to. */
export function missingCheckpoint(consumerGroup: string, partition: TopicPartition): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'CHECKPOINT_MISSING',
    message: `${TABLE} has lost the row of ${partitionName(partition)} of group ${consumerGroup}`,
    remedy:
      'Put the row back, or restart the service: it resumes if RAW_EVENTS_STREAM holds everything that was settled, and ' +
      'otherwise says what to do',
  });
}

/** Another owner's transaction is in the way and may still fail, so it is unknown which of the two will write. */
export function checkpointInUse(): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'CHECKPOINT_IN_USE',
    message: 'Another owner is writing to a partition of this batch',
    remedy: null,
  });
}

/** Somebody moved the checkpoints between standard tables and a hybrid table while this process was running. */
export function checkpointsMoved(from: readonly string[], to: readonly string[]): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'CHECKPOINTS_MOVED',
    message: `The checkpoints have moved from ${from.join(', ')} to ${to.join(', ')} while this process was running`,
    remedy: 'Restart the service: it uses the tables that it finds at startup',
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
