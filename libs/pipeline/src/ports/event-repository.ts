import type { Batch, PartitionRange } from '../model/batch.js';
import type { Fault } from '../model/fault.js';
import type { TopicPartition } from '../model/message.js';

/** A partition's frontier as the warehouse holds it, with the counters that make the ledger checkable. */
export interface Checkpoint extends TopicPartition {
  firstOffset: number;
  /** Every offset below is settled: the next one to read. */
  nextOffset: number;
  stored: number;
  deadLettered: number;
  skipped: number;
  gaps: number;
  lost: number;
  /** The timestamp of the record at `nextOffset - 1`, where it was seen. */
  lastTimestampMs: number | null;
}

/** The checkpoint after a batch, as the warehouse counts it. */
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

/** A partition to read, and where to begin if the warehouse has no checkpoint for it. */
export interface PartitionStart extends TopicPartition {
  startOffset: number;
  /** A checkpoint is made only where RAW_EVENTS_STREAM holds the offset right below this one, or a later one. */
  requiredOffset?: number;
}

/** A row that the warehouse cannot store, by its place in `batch.rows`. `reason` holds no event content. */
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

export type WriteResult = WriteAnswer & {
  /** What the transaction did and when, as far as it came; the last one is where it ended or failed. */
  steps?: readonly WriteStep[];
};

export type WriteAnswer =
  /** All of the batch is committed: rows, dead letters and checkpoints. `seconds` is the transaction's time. */
  | { kind: 'stored'; seconds: number }
  /** Nothing was written: these partitions' checkpoints are not where the batch starts from. */
  | { kind: 'stale'; checkpoints: Checkpoint[] }
  /** Nothing was written: these rows can never be. The caller dead-letters them and writes again. */
  | { kind: 'rejected'; rows: RejectedRow[] }
  /**
   * Nothing was written: these rows, by their places in `batch.rows`, are redriven dead letters that are stored
   * already, from another offset. The caller skips them and writes again.
   */
  | { kind: 'already-stored'; indexes: number[] }
  /** Nothing was written, or it is not known; writing the same batch again is safe. */
  | { kind: 'fault'; fault: Fault };

/**
 * The warehouse, as the pipeline sees it. It knows neither Kafka nor how the caller batches.
 * One instance serves one consumer group; calls never overlap, but for {@link EventRepository.prepare}.
 */
export abstract class EventRepository {
  /** Connects and checks tables, columns and privileges. Answers every fault found; none means ready. */
  abstract open(): Promise<Fault[]>;

  /** What the last {@link open} found that somebody should look at, although the service can start. */
  abstract readonly warnings?: readonly string[];

  /**
   * Tells this warehouse from any other that holds the same tables: made with the checkpoints and kept beside them, so
   * that a backup has it too and an empty warehouse has another.
   *
   * @throws FaultError
   */
  abstract identity(): Promise<string>;

  /**
   * The checkpoints of these partitions, in their order. Those missing are made, at the greater of
   * `startOffset` and 1 + the highest offset of that partition that RAW_EVENTS_STREAM already holds; they are left out
   * where that offset does not reach `requiredOffset`.
   *
   * @throws FaultError
   */
  abstract claim(partitions: PartitionStart[]): Promise<Checkpoint[]>;

  /**
   * For each of these partitions 1 + the highest offset that RAW_EVENTS_STREAM holds, 0 where it holds none. Reads the
   * metadata of all events: for rare cases only.
   *
   * @throws FaultError
   */
  abstract storedEnds(partitions: TopicPartition[]): Promise<number[]>;

  /**
   * The consumer groups that have checkpoints for this topic, where this repository's own group has none; empty
   * where it has. While two groups run, every event is stored twice.
   *
   * @throws FaultError
   */
  abstract otherGroups(topic: string): Promise<string[]>;

  /**
   * Writes rows, dead letters and checkpoints in one transaction; all or nothing, at most once: a batch
   * whose ranges do not start at the checkpoints is stale. Does not throw.
   *
   * The same transaction notes where a row with a redrive id was stored, in every dead letter of that id; where one
   * of them names another place, the row is already stored. An id that no dead letter has changes nothing.
   */
  abstract write(batch: Batch): Promise<WriteResult>;

  /**
   * Begins with a batch that is to be written next, while another is being written; nothing of it can be seen before
   * it is written. Only a help: a batch is as well written without, and this one need not be.
   */
  abstract prepare?(batch: Batch): void;

  /**
   * Deletes what {@link open} found of the service before this one in its staging table, and answers how many rows. Their
   * events are still in Kafka, unless that service runs and commits their offsets.
   *
   * @throws FaultError
   */
  abstract deletePredecessorRows?(): Promise<number>;

  abstract close(): Promise<void>;
}
