import {
  faultText,
  partitionName,
  type BatchTry,
  type CommittedBatch,
  type Coordinates,
  type DriftCount,
  type ErrorType,
  type Fault,
  type FaultStage,
  type HeldEnd,
  type ValidatedCount,
  type PartitionLag,
  type PipelineObserver,
  type TopicPartition,
} from '#pipeline';
import { countsOf } from '../metrics/batch-counts.js';
import type { Log } from '../log/log.js';
import type { Metrics } from '../metrics/metrics.js';
import { LEAST_LAG_AGE_MS, PartitionReadings } from './partition-readings.js';
import { Repetition } from '../log/repetition.js';
import { RunCounter, type RunStats } from './run-stats.js';
import type { TraceFields } from '../tracing/batch-tracing.js';
import {
  assignedText,
  batchText,
  faultedText,
  freedText,
  lostText,
  notCommittedText,
  overruledText,
  publishedText,
  recoveredText,
  rejectedText,
  setBackText,
  staleText,
  throttledText,
} from './sentences.js';

/** Limits the log lines: under a quota every other fetch is throttled. */
const TELL_THROTTLE_MS = 60_000;
/** A few bad events are normal and have an outcome; a larger share of the recent messages wants a person. */
const DEAD_LETTER_RATIO_TO_WARN = 0.1;

/** Reports what happens in the pipeline as metrics and log lines. */
export class PipelineTelemetry implements Omit<PipelineObserver, 'batchTaken' | 'batchAbandoned'> {
  readonly #run = new RunCounter();
  readonly #repetition = new Repetition();
  readonly #partitions: PartitionReadings;
  #throttleToldAt = -Infinity;
  #deadLetterRatio = 0;

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    /** The trace fields of the batch being written, which link its log lines to its trace. */
    private readonly traceFields: () => TraceFields = () => ({}),
    maxLagAgeMs = LEAST_LAG_AGE_MS,
  ) {
    this.#partitions = new PartitionReadings(maxLagAgeMs);
    metrics.partitions.partitionsFrom(() => this.#partitions.readings());
  }

  /** What this process has settled since its start. */
  runStats(): RunStats {
    return this.#run.stats();
  }

  validated(counts: ValidatedCount[], drift: DriftCount[], seconds: number): void {
    this.metrics.messages.validated(counts, drift);
    this.metrics.batches.stageDuration.observe({ stage: 'judge' }, seconds);
  }

  buffered(events: number, bytes: number): void {
    this.metrics.batches.currentBatchSize.set(events);
    this.metrics.batches.bufferBytes.set(bytes);
  }

  batchTried({ billedBytes }: BatchTry): void {
    this.metrics.batches.billedBytes.inc(billedBytes);
  }

  batchCommitted({ batch, warehouseSeconds, totalSeconds, heldSeconds }: CommittedBatch): void {
    const counts = countsOf(batch);
    const { events, rows, stored, deadLetters, skipped } = counts;
    this.#run.add(counts);
    const session = this.#run.stats();

    this.metrics.messages.stored(stored);
    this.metrics.batches.committed(counts, batch.openedAtMs, { warehouseSeconds, totalSeconds, heldSeconds });
    this.log.info(
      {
        event: 'batch_committed',
        batchId: batch.id,
        events,
        rows,
        deadLetters,
        skipped,
        bytes: batch.bytes,
        stored: Object.fromEntries(stored),
        warehouseSeconds,
        totalSeconds,
        partitions: batch.ranges.map((range) => `${partitionName(range)}@${range.from}..${range.to - 1}`),
        session,
        ...this.traceFields(),
      },
      batchText(counts, { warehouse: warehouseSeconds, total: totalSeconds }, session),
    );
  }

  deadLettersPublished(
    counts: { errorType: ErrorType; count: number }[],
    first: Coordinates,
    seconds: number,
  ): void {
    for (const { errorType, count } of counts)
      this.metrics.messages.deadLetters.inc({ error_type: errorType }, count);
    this.metrics.batches.stageDuration.observe({ stage: 'dead_letter' }, seconds);
    const fields = {
      event: 'dead_letters_published',
      ...coordinates(first),
      counts,
      seconds,
      ...this.traceFields(),
    };
    const text = publishedText(counts, first);
    if (this.#deadLetterRatio > DEAD_LETTER_RATIO_TO_WARN) {
      this.log.warn(
        fields,
        `⚠️ ${text}: ${Math.round(this.#deadLetterRatio * 100)} % of the recent messages`,
      );
    } else this.log.info(fields, `📮 ${text}`);
  }

  deadLetterRatio(ratio: number): void {
    this.#deadLetterRatio = ratio;
    this.metrics.messages.deadLetterRatio.set(ratio);
  }

  deadLettersHeld(why: string): void {
    this.metrics.messages.deadLetterLimitHit.set(1);
    this.log.error({ event: 'dead_letters_held', ...this.traceFields() }, `❌ ${why}`);
  }

  deadLettersFreed(how: HeldEnd): void {
    this.metrics.messages.deadLetterLimitHit.set(0);
    this.log.warn({ event: 'dead_letters_freed', how }, `⚠️ ${freedText(how)}`);
  }

  rowsRejected(rows: number, first: Coordinates, reason: string): void {
    this.metrics.health.countRejectedRows(rows);
    this.log.warn(
      { event: 'rows_rejected', ...coordinates(first), rows, reason, ...this.traceFields() },
      `⚠️ ${rejectedText(rows, first, reason)}`,
    );
  }

  checkpointStale(partitions: (TopicPartition & { expected: number; checkpoint: number })[]): void {
    this.metrics.partitions.staleCheckpoints.inc(partitions.length);
    for (const partition of partitions) {
      this.log.warn(
        { event: 'checkpoint_stale', ...partition, ...this.traceFields() },
        `⚠️ ${staleText(partition)}`,
      );
    }
  }

  faulted(stage: FaultStage, fault: Fault, attempt: number, waitMs: number): void {
    this.metrics.health.faults.inc({ stage, class: fault.class });
    if (stage === 'warehouse') this.metrics.health.countWarehouseError(fault.class, fault.code);
    const times = this.#repetition.note(`${stage} ${fault.code}`);
    if (times === null) return;
    const fields = {
      event: 'faulted',
      stage,
      class: fault.class,
      code: fault.code,
      attempt,
      waitMs,
      times,
      ...(isOfBatch(stage) ? this.traceFields() : {}),
    };
    const text = faultedText(stage, fault, times, waitMs);
    if (fault.class === 'setup') this.log.error(fields, `❌ ${text}`);
    else this.log.warn(fields, `⚠️ ${text}`);
  }

  recovered(stage: FaultStage, afterMs: number): void {
    this.#repetition.forget((what) => what.startsWith(`${stage} `));
    this.log.info(
      { event: 'recovered', stage, afterMs, ...(isOfBatch(stage) ? this.traceFields() : {}) },
      `✅ ${recoveredText(stage, afterMs)}`,
    );
  }

  lost(range: TopicPartition & { from: number; to: number }): void {
    const messages = range.to - range.from;
    this.metrics.messages.lostMessages.inc(messages);
    this.log.error({ event: 'messages_lost', ...range, messages }, `❌ ${lostText(range)}`);
  }

  partitionHeld(at: TopicPartition, fault: Fault): void {
    this.#partitions.hold(at);
    this.log.error({ event: 'partition_held', ...at, code: fault.code }, `❌ ${faultText(fault)}`);
  }

  throttled(ms: number): void {
    this.metrics.partitions.throttleSeconds.inc(ms / 1000);
    const now = performance.now();
    if (now - this.#throttleToldAt < TELL_THROTTLE_MS) return;
    this.#throttleToldAt = now;
    this.log.warn({ event: 'throttled', throttleMs: ms }, `⚠️ ${throttledText(ms)}`);
  }

  assigned(generation: number, partitions: TopicPartition[]): void {
    this.metrics.partitions.rebalances.inc();
    this.#partitions.assign(partitions);
    const names = partitions.map(partitionName);
    this.log.info(
      { event: 'assigned', generation, partitions: names },
      `🤝 ${assignedText(generation, names)}`,
    );
  }

  /** A crash leaves the committed offset slightly behind the checkpoint. This service never commits ahead of it. */
  committedOverruled(
    partitions: (TopicPartition & { committed: number; checkpoint: number; isOurs: boolean })[],
  ): void {
    for (const { committed, checkpoint, isOurs, ...at } of partitions) {
      if (isOurs && committed > checkpoint) {
        this.log.warn(
          { event: 'warehouse_set_back', ...at, committed, checkpoint },
          `↪️ ${setBackText(at, committed, checkpoint)}`,
        );
        continue;
      }
      this.log[committed > checkpoint ? 'warn' : 'info'](
        { event: 'committed_overruled', ...at, committed, checkpoint },
        `↪️ ${overruledText(at, committed, checkpoint)}`,
      );
    }
  }

  offsetsCommitted(seconds: number, failure: string | null): void {
    this.metrics.batches.stageDuration.observe({ stage: 'kafka_commit' }, seconds);
    if (failure === null) {
      this.#repetition.forget((what) => what === 'offsets');
      return;
    }
    const times = this.#repetition.note('offsets');
    if (times === null) return;
    this.log.warn({ event: 'offsets_not_committed', failure, times }, `⚠️ ${notCommittedText(failure)}`);
  }

  lag(lags: PartitionLag[]): void {
    this.#partitions.lag(lags);
  }
}

function isOfBatch(stage: FaultStage): boolean {
  return stage === 'dead_letter' || stage === 'warehouse';
}

function coordinates({ topic, partition, offset }: Coordinates): Coordinates {
  return { topic, partition, offset };
}
