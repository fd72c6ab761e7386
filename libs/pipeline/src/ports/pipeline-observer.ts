import type { EventLabel } from '#events';
import type { Batch } from '../model/batch.js';
import type { WriteResult, WriteStep } from './event-repository.js';
import type { Fault } from '../model/fault.js';
import type { PartitionLag } from '../partitions/partition-state.js';
import type { Coordinates, TopicPartition } from '../model/message.js';
import type { ErrorType } from '../model/outcome.js';

/** The number of validated messages of a fetch with one label and status. */
export interface ValidatedCount {
  label: EventLabel;
  status: 'success' | 'skipped' | ErrorType;
  count: number;
}

/**
 * The number of fields in stored events that the contract does not declare, or that have a wrong value; and the number of
 * events whose type has no contract, but resembles this one.
 */
export interface DriftCount {
  label: EventLabel;
  kind: 'unknown_field' | 'unfit_optional_field' | 'near_miss_type';
  count: number;
}

/** The stages of a batch, in their order: the values of the label `stage` of the duration metric. */
export const STAGES = ['judge', 'wait', 'dead_letter', 'warehouse', 'kafka_commit'] as const;

export type Stage = (typeof STAGES)[number];

/** An operation that is retried if it fails; `log_ends` reads the ends of the logs, for the lag. */
export type FaultStage = 'dead_letter' | 'warehouse' | 'assignment' | 'kafka' | 'log_ends';

/** Why a batch stopped being held. `let-go`: it is not settled here; whoever owns its partitions reads it again. */
export type HeldEnd = 'lifted' | 'let-go';

/** A committed batch and how long its parts took. */
export interface CommittedBatch {
  batch: Batch;
  /** The duration of the successful warehouse transaction. */
  warehouseSeconds: number;
  /**
   * From the moment the writer took the batch to the commit, including retries, without the time for which the
   * dead-letter limit held it.
   */
  totalSeconds: number;
  /** How long the dead-letter limit held the batch until somebody acted. */
  heldSeconds: number;
}

/** One attempt to publish a batch's dead letters or to write the batch. Times are monotonic, in milliseconds. */
export interface BatchTry {
  stage: 'dead_letter' | 'warehouse';
  startedAt: number;
  endedAt: number;
  /** The number of dead letters or rows. */
  messages: number;
  outcome: 'published' | WriteResult['kind'];
  /** Null unless the outcome is `fault`. */
  fault: Fault | null;
  /** The steps that the warehouse transaction reached. */
  steps: readonly WriteStep[];
  /** The uncompressed bytes that the warehouse bills for; 0 where it bills otherwise. */
  billedBytes: number;
}

/**
 * Observes the pipeline for metrics and logs. One call emits both the metric and the log line, so that the two agree.
 * Calls are per fetch or per batch, never per message, and must not throw.
 */
export abstract class PipelineObserver {
  abstract validated(counts: ValidatedCount[], drift: DriftCount[], seconds: number): void;
  /** The current size of the buffer. */
  abstract buffered(events: number, bytes: number): void;
  /** The writer takes a batch. The attempts and faults that follow concern it, until it is committed or dropped. */
  abstract batchTaken(batch: Batch): void;
  abstract batchTried(attempt: BatchTry): void;
  abstract batchCommitted(committed: CommittedBatch): void;
  /** The batch is dropped: its partitions were reassigned, or another owner moved their checkpoints. */
  abstract batchAbandoned(): void;
  /** The dead-letter topic acknowledged these dead letters. */
  abstract deadLettersPublished(
    counts: { errorType: ErrorType; count: number }[],
    first: Coordinates,
    seconds: number,
  ): void;
  /** The share of dead letters in the limit's window, including those of a held batch. */
  abstract deadLetterRatio(ratio: number): void;
  /** The dead-letter limit holds a batch until somebody acts; `why` says what happened and what to do. */
  abstract deadLettersHeld(why: string): void;
  /** The held batch was released. */
  abstract deadLettersFreed(how: HeldEnd): void;
  /** The warehouse rejected these rows, which become dead letters. */
  abstract rowsRejected(count: number, first: Coordinates, reason: string): void;
  /** Another owner moved these checkpoints, or a transaction was lost: reading continues at the checkpoints. */
  abstract checkpointStale(partitions: (TopicPartition & { expected: number; checkpoint: number })[]): void;
  /** An attempt failed and is retried after `waitMs`. */
  abstract faulted(stage: FaultStage, fault: Fault, attempt: number, waitMs: number): void;
  /** The first attempt succeeded after {@link faulted}. */
  abstract recovered(stage: FaultStage, afterMs: number): void;
  /** Retention deleted these offsets before they were read. */
  abstract lost(range: TopicPartition & { from: number; to: number }): void;
  /** A partition is not read until somebody acts; the others continue. */
  abstract partitionHeld(at: TopicPartition, fault: Fault): void;
  /** A broker accepts no fetches from this client for `ms`, because the client exceeds its quota. */
  abstract throttled(ms: number): void;
  /** The group was joined, and exactly these partitions are assigned to this member. */
  abstract assigned(generation: number, partitions: TopicPartition[]): void;
  /**
   * The group's committed offsets differ from the checkpoints, which take precedence. `isOurs`: this service committed
   * the offset; a checkpoint below it means that the warehouse was restored to an earlier state.
   */
  abstract committedOverruled(
    partitions: (TopicPartition & { committed: number; checkpoint: number; isOurs: boolean })[],
  ): void;
  /** Offsets were committed to Kafka, or the commit failed. */
  abstract offsetsCommitted(seconds: number, failure: string | null): void;
  /** The number of messages between the frontier and the log's end, for every assigned partition. */
  abstract lag(lags: PartitionLag[]): void;
}
