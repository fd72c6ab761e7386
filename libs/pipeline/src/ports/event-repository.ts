import type { Batch, PartitionRange } from '../model/batch.js';
import type { Fault } from '../model/fault.js';
import type { TopicPartition } from '../model/message.js';

/** A partition's frontier as stored in the warehouse, with the counters that make the ledger checkable. */
export interface Checkpoint extends TopicPartition {
  firstOffset: number;
  /** The next offset to read: every offset below is settled. */
  nextOffset: number;
  stored: number;
  deadLettered: number;
  skipped: number;
  gaps: number;
  lost: number;
  /** The timestamp of the record at `nextOffset - 1`; null if it was not seen. */
  lastTimestampMs: number | null;
}

/** Returns the checkpoint after a batch, exactly as the warehouse computes it. */
export function settledBy(checkpoint: Checkpoint, range: PartitionRange): Checkpoint {
  return {
    ...checkpoint,
    nextOffset: range.to,
    stored: checkpoint.stored + range.stored,
    deadLettered: checkpoint.deadLettered + range.deadLettered,
    skipped: checkpoint.skipped + range.skipped,
    gaps: checkpoint.gaps + range.gaps,
    lost: checkpoint.lost + range.lost,
    lastTimestampMs: range.lastTimestampMs,
  };
}

/** A partition to read, and where to start if the warehouse has no checkpoint for it. */
export interface PartitionStart extends TopicPartition {
  startOffset: number;
  /** If set, a checkpoint is created only if RAW_EVENTS_STREAM has the offset right below this one, or a later one. */
  requiredOffset?: number;
}

/** A row that the warehouse cannot store, by its index in `batch.rows`. `reason` has no event content. */
export interface RejectedRow {
  index: number;
  reason: string;
}

/** A part of a warehouse transaction: rows, dead letters, the compare-and-set of the checkpoints, the commit. */
export interface WriteStep {
  name: 'stage' | 'dead_letters' | 'checkpoints' | 'commit';
  /** On the monotonic clock, in milliseconds. */
  startedAt: number;
  endedAt: number;
}

export type WriteResult = TransactionResult & {
  /** The steps that the transaction reached; the last one is where it ended or failed. */
  steps?: readonly WriteStep[];
  /** What was appended since the last result, where the warehouse bills by volume: uncompressed bytes. */
  billedBytes?: number;
};

/** A partition that cannot be written before some time has passed, because it may have another owner meanwhile. */
export interface DeferredPartition {
  checkpoint: Checkpoint;
  /** Why, as its status. */
  fault: Fault;
  waitMs: number;
}

/** How the warehouse transaction of a batch ended. */
export type TransactionResult =
  /** The whole batch is committed: rows, dead letters and checkpoints. `seconds` is the duration of the transaction. */
  | { kind: 'stored'; seconds: number }
  /** Nothing was written: the batch does not start at the checkpoints of these partitions. */
  | { kind: 'stale'; checkpoints: Checkpoint[] }
  /** Nothing was written: these partitions have to wait. The caller writes the others, and reads these again afterwards. */
  | { kind: 'deferred'; partitions: DeferredPartition[] }
  /** Nothing was written: these rows can never be stored. The caller dead-letters them and writes again. */
  | { kind: 'rejected'; rows: RejectedRow[] }
  /**
   * Nothing was written: these rows, by index in `batch.rows`, are redriven dead letters that are already stored, from
   * another offset. The caller skips them and writes again. Also messages that have a row already although they are dead
   * letters now, by index in `batch.deadLetters`: a version of the service with other rules had stored them when it was
   * ended. The caller counts them as stored.
   */
  | { kind: 'already-stored'; indexes: number[]; letters?: number[] }
  /** Nothing was written, or the result is unknown. Writing the same batch again is safe. */
  | { kind: 'fault'; fault: Fault };

/**
 * The pipeline's port to the warehouse. It knows neither Kafka nor how the caller batches. One instance serves one
 * consumer group; calls never overlap, except {@link EventRepository.prepare}.
 */
export abstract class EventRepository {
  /** Connects, and checks tables, columns and privileges. Returns all faults found; none means ready. */
  abstract open(): Promise<Fault[]>;

  /** Problems found by the last {@link open} that do not prevent a start. */
  abstract readonly warnings?: readonly string[];

  /**
   * Identifies this warehouse among others with the same tables. The identity is created and stored with the
   * checkpoints, so that a backup has the same one and an empty warehouse has another.
   *
   * @throws FaultError
   */
  abstract identity(): Promise<string>;

  /**
   * Returns the checkpoints of these partitions, in the same order. Creates missing ones at `startOffset`, or at 1 +
   * the partition's highest offset in RAW_EVENTS_STREAM if that is greater. Omits a missing one if the latter does not
   * reach `requiredOffset`.
   *
   * @throws FaultError
   */
  abstract claim(partitions: PartitionStart[]): Promise<Checkpoint[]>;

  /**
   * Returns for each of these partitions 1 + its highest offset in RAW_EVENTS_STREAM, or 0 if it has none. Reads the
   * metadata of all events, so it is for rare cases only.
   *
   * @throws FaultError
   */
  abstract storedEnds(partitions: TopicPartition[]): Promise<number[]>;

  /**
   * Returns the consumer groups that have checkpoints for this topic if this repository's own group has none; otherwise
   * an empty list. If two groups run, every event is stored twice.
   *
   * @throws FaultError
   */
  abstract otherGroups(topic: string): Promise<string[]>;

  /**
   * Writes rows, dead letters and checkpoints in one transaction: all or nothing, and at most once, because a batch
   * whose ranges do not start at the checkpoints is stale. Never throws.
   *
   * For a row with a redrive id, the same transaction records its coordinates in every dead letter with that id. If a
   * letter already has other coordinates, the row is already stored. An id without a dead letter has no effect.
   */
  abstract write(batch: Batch): Promise<WriteResult>;

  /**
   * Starts work on the batch that is likely to be written next, while another one is being written. An optimization
   * without visible effect: {@link write} works without it, and the batch may never be written.
   */
  abstract prepare?(batch: Batch): void;

  /**
   * The interval, in milliseconds, at which {@link prepare} also takes the next batch while it still grows: each time the
   * messages of the time before, and those that have come since. If absent, it takes only a full one.
   */
  abstract readonly preparesGrowingEveryMs?: number;

  /**
   * Deletes the predecessor's rows that {@link open} found in its staging table, and returns their number. Their events
   * are still in Kafka, unless the predecessor runs and commits their offsets.
   *
   * @throws FaultError
   */
  abstract deletePredecessorRows?(): Promise<number>;

  abstract close(): Promise<void>;
}
