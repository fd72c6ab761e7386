import type { EventLabel } from '#events';
import type { Batch } from '../model/batch.js';
import type { WriteResult, WriteStep } from './event-repository.js';
import type { Fault } from '../model/fault.js';
import type { PartitionLag } from '../partitions/frontier.js';
import type { Coordinates, TopicPartition } from '../model/message.js';
import type { ErrorType } from '../model/outcome.js';

/** How messages of one fetch were validated, counted: one entry for each label and status that occurred. */
export interface ValidatedCount {
  label: EventLabel;
  status: 'success' | 'skipped' | ErrorType;
  count: number;
}

/** A field that an event carries although the contract does not know it, or not like that. Stored all the same. */
export interface DriftCount {
  label: EventLabel;
  kind: 'unknown_field' | 'unfit_optional_field';
  count: number;
}

/** A stage of a batch's way, as the label `stage` of the time metric names it. */
export type Stage = 'judge' | 'wait' | 'dead_letter' | 'warehouse' | 'kafka_commit';

/** What can fail and is tried again; `log_ends` is the look at the logs' ends, from which the lag is known. */
export type FaultStage = 'dead_letter' | 'warehouse' | 'assignment' | 'kafka' | 'log_ends';

/** Why a batch stopped being held. `let-go`: it is not settled here; whoever owns its partitions reads it again. */
export type HeldEnd = 'lifted' | 'let-go';

/** A committed batch and how long its parts took. */
export interface CommittedBatch {
  batch: Batch;
  /** The warehouse transaction that succeeded. */
  warehouseSeconds: number;
  /**
   * From the moment the writer took the batch to the committed transaction, retries included; without the time for which
   * the dead-letter limit held it.
   */
  totalSeconds: number;
  /** For how long the dead-letter limit held the batch until somebody acted. */
  heldSeconds: number;
}

/** One try to publish a batch's dead letters, or to write the batch. Times are on the monotonic clock, in milliseconds. */
export interface BatchTry {
  stage: 'dead_letter' | 'warehouse';
  startedAt: number;
  endedAt: number;
  /** How many dead letters or rows it was about. */
  messages: number;
  outcome: 'published' | WriteResult['kind'];
  /** What failed; null unless the outcome is `fault`. */
  fault: Fault | null;
  /** The parts of a warehouse transaction, as far as it came. */
  steps: readonly WriteStep[];
}

/**
 * What happens in the pipeline, for whoever counts and tells. One call emits both the metric and the log line,
 * so the two cannot disagree. Calls are per fetch or per batch, never per message, and must not throw.
 */
export abstract class PipelineObserver {
  abstract validated(counts: ValidatedCount[], drift: DriftCount[], seconds: number): void;
  /** What waits in the buffer now. */
  abstract buffered(events: number, bytes: number): void;
  /** The writer begins with a batch. What is told of tries and faults is about it, until it is committed or let go. */
  abstract batchTaken(batch: Batch): void;
  abstract batchTried(attempt: BatchTry): void;
  abstract batchCommitted(committed: CommittedBatch): void;
  /** The batch is not written: its partitions went elsewhere, or their checkpoints were moved by another owner. */
  abstract batchLetGo(): void;
  /** Dead letters acknowledged by the dead-letter topic. */
  abstract deadLettersPublished(
    counts: { errorType: ErrorType; count: number }[],
    first: Coordinates,
    seconds: number,
  ): void;
  /** The share of dead letters in the limit's window; that of a batch that is held included. */
  abstract deadLetterRatio(ratio: number): void;
  /** The dead-letter limit holds a batch until somebody acts; `why` says what happened and what to do. */
  abstract deadLettersHeld(why: string): void;
  /** No batch is held any more. */
  abstract deadLettersFreed(how: HeldEnd): void;
  /** Rows that only the warehouse refused; they go on as dead letters. */
  abstract rowsRejected(count: number, first: Coordinates, reason: string): void;
  /** Another owner moved these checkpoints, or a transaction was lost: reading goes on at the checkpoint. */
  abstract checkpointStale(partitions: (TopicPartition & { expected: number; checkpoint: number })[]): void;
  /** A try failed and is tried again after `waitMs`. */
  abstract faulted(stage: FaultStage, fault: Fault, attempt: number, waitMs: number): void;
  /** The first try that succeeds after {@link faulted}. */
  abstract recovered(stage: FaultStage, afterMs: number): void;
  /** Retention deleted these offsets before they were read. */
  abstract lost(range: TopicPartition & { from: number; to: number }): void;
  /** A partition is not read on until somebody acts; the others go on. */
  abstract partitionHeld(at: TopicPartition, fault: Fault): void;
  /** A broker takes no fetch of this client for `ms`: it exceeds its quota. */
  abstract throttled(ms: number): void;
  /** The group was joined; these partitions are ours now and no others. */
  abstract assigned(generation: number, partitions: TopicPartition[]): void;
  /**
   * The group's committed offsets are not where the checkpoints are, which hold. `isOurs`: this service committed the
   * offset; a checkpoint below it means that the warehouse was set back.
   */
  abstract committedOverruled(
    partitions: (TopicPartition & { committed: number; checkpoint: number; isOurs: boolean })[],
  ): void;
  /** Offsets committed to Kafka, or why that hint did not get through. */
  abstract offsetsCommitted(seconds: number, failure: string | null): void;
  /** Messages between the frontier and the log's end, for every assigned partition. */
  abstract lag(lags: PartitionLag[]): void;
}
