import type { PinoLogger } from 'nestjs-pino';
import {
  coordinatesText,
  faultText,
  partitionName,
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
import { countsOf } from './batch-counts.js';
import { statusLabel, type Metrics, type PartitionReading } from './metrics.js';
import { Repetition } from './repetition.js';
import { RunCounter, type RunStats } from './run-stats.js';
import type { TraceFields } from './tracing/batch-tracing.js';
import { batchText, count, counted, secondsText } from './words.js';

/** The part of a pino logger that is used. */
export type Log = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** A stage's name at the start of a sentence. */
const STAGE_WORDS: Record<FaultStage, string> = {
  dead_letter: 'The dead-letter topic',
  warehouse: 'The warehouse',
  assignment: 'The partition assignment',
  kafka: 'Kafka',
  log_ends: 'The poll of the log ends',
};

const FREED_WORDS: Record<HeldEnd, string> = {
  lifted:
    'The dead-letter limit is lifted: the held batch becomes dead letters, and so do later bad events until the rate is ' +
    'below the limit again',
  'let-go':
    'The batch that the dead-letter limit held is dropped: the next owner of its partitions reads it again',
};

/** A lag counts as current for three polls of the log ends, but at least for this long. */
const LEAST_LAG_AGE_MS = 5_000;

export function lagMaxAgeMs(lagIntervalMs: number): number {
  return Math.max(LEAST_LAG_AGE_MS, 3 * lagIntervalMs);
}

/** Limits the log lines: under a quota every other fetch is throttled. */
const TELL_THROTTLE_MS = 60_000;

/** Reports what happens in the pipeline as metrics and log lines. */
export class PipelineTelemetry implements Omit<
  PipelineObserver,
  'batchTaken' | 'batchTried' | 'batchAbandoned'
> {
  readonly #run = new RunCounter();
  readonly #repetition = new Repetition();
  #assigned: TopicPartition[] = [];
  readonly #held = new Set<string>();
  #lags = new Map<string, PartitionLag>();
  #throttleToldAt = -Infinity;

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    /** The trace fields of the batch being written, which link its log lines to its trace. */
    private readonly traceFields: () => TraceFields = () => ({}),
    private readonly maxLagAgeMs = LEAST_LAG_AGE_MS,
  ) {
    metrics.partitionsFrom(() => this.#partitions());
  }

  /** What this process has settled since its start. */
  runStats(): RunStats {
    return this.#run.stats();
  }

  validated(counts: ValidatedCount[], drift: DriftCount[], seconds: number): void {
    const { eventsConsumed, contractDrift, stageDuration } = this.metrics;
    for (const { label, status, count } of counts) {
      eventsConsumed.inc({ event_type: label, status: statusLabel(status) }, count);
    }
    for (const { label, kind, count } of drift) contractDrift.inc({ event_type: label, kind }, count);
    stageDuration.observe({ stage: 'judge' }, seconds);
  }

  buffered(events: number, bytes: number): void {
    this.metrics.currentBatchSize.set(events);
    this.metrics.bufferBytes.set(bytes);
  }

  batchCommitted({ batch, warehouseSeconds, totalSeconds, heldSeconds }: CommittedBatch): void {
    const now = Date.now();
    const counts = countsOf(batch);
    const { events, rows, stored, deadLetters, skipped, timestamps } = counts;
    this.#run.add(counts);
    const session = this.#run.stats();

    const { metrics } = this;
    for (const [label, rowCount] of stored) metrics.eventsInserted.inc({ event_type: label }, rowCount);
    metrics.batchSize.observe(events);
    metrics.batchProcessing.observe(totalSeconds);
    metrics.warehouseInsert.observe(warehouseSeconds);
    metrics.stageDuration.observe({ stage: 'warehouse' }, warehouseSeconds);
    const waitSeconds = (now - batch.openedAtMs) / 1000 - totalSeconds - heldSeconds;
    metrics.stageDuration.observe({ stage: 'wait' }, Math.max(0, waitSeconds));
    metrics.lastCommit.set(now / 1000);
    if (events > 0) metrics.processing.observeMany(totalSeconds / events, events);
    if (timestamps !== null) {
      // A producer's clock may be ahead of ours.
      metrics.latency.observe(Math.max(0, now - timestamps.oldestMs) / 1000);
      metrics.latency.observe(Math.max(0, now - timestamps.newestMs) / 1000);
    }

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
    for (const { errorType, count } of counts) this.metrics.deadLetters.inc({ error_type: errorType }, count);
    this.metrics.stageDuration.observe({ stage: 'dead_letter' }, seconds);
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const types = counts.map((each) => `${each.errorType} ${count(each.count)}`).join(', ');
    this.log.warn(
      { event: 'dead_letters_published', ...coordinates(first), counts, seconds, ...this.traceFields() },
      `⚠️ ${counted(total, 'dead letter')} (${types}), the first from ${coordinatesText(first)}`,
    );
  }

  deadLetterRatio(ratio: number): void {
    this.metrics.deadLetterRatio.set(ratio);
  }

  deadLettersHeld(why: string): void {
    this.metrics.deadLetterLimitHit.set(1);
    this.log.error({ event: 'dead_letters_held', ...this.traceFields() }, `❌ ${why}`);
  }

  deadLettersFreed(how: HeldEnd): void {
    this.metrics.deadLetterLimitHit.set(0);
    this.log.warn({ event: 'dead_letters_freed', how }, `⚠️ ${FREED_WORDS[how]}`);
  }

  rowsRejected(rows: number, first: Coordinates, reason: string): void {
    this.metrics.countWarehouseError('data', 'rejected_row', rows);
    this.log.warn(
      { event: 'rows_rejected', ...coordinates(first), rows, reason, ...this.traceFields() },
      `⚠️ The warehouse rejected ${counted(rows, 'row')}, the first from ${coordinatesText(first)}: ${reason}. ` +
        'Dead-lettered as warehouse_rejected',
    );
  }

  checkpointStale(partitions: (TopicPartition & { expected: number; checkpoint: number })[]): void {
    this.metrics.staleCheckpoints.inc(partitions.length);
    for (const partition of partitions) {
      this.log.warn(
        { event: 'checkpoint_stale', ...partition, ...this.traceFields() },
        `⚠️ ${partitionName(partition)}: the warehouse's checkpoint is ${partition.checkpoint}, not where this batch ` +
          `starts: another owner stored these messages, or a transaction was lost. Reading continues at the ` +
          `checkpoint; this process had read up to ${partition.expected}`,
      );
    }
  }

  faulted(stage: FaultStage, fault: Fault, attempt: number, waitMs: number): void {
    this.metrics.faults.inc({ stage, class: fault.class });
    if (stage === 'warehouse') this.metrics.countWarehouseError(fault.class, fault.code);
    const times = this.#repetition.note(`${stage} ${fault.code}`);
    if (times === null) return;
    const line = [
      {
        event: 'faulted',
        stage,
        class: fault.class,
        code: fault.code,
        attempt,
        waitMs,
        times,
        ...(isOfBatch(stage) ? this.traceFields() : {}),
      },
      `${STAGE_WORDS[stage]}: ${faultText(fault)}${times === 1 ? '' : ` [${times} times so far]`}. ` +
        `Retrying in ${secondsText(waitMs / 1000)}`,
    ] as const;
    if (fault.class === 'setup') this.log.error(line[0], `❌ ${line[1]}`);
    else this.log.warn(line[0], `⚠️ ${line[1]}`);
  }

  recovered(stage: FaultStage, afterMs: number): void {
    this.#repetition.forget((what) => what.startsWith(`${stage} `));
    this.log.info(
      { event: 'recovered', stage, afterMs, ...(isOfBatch(stage) ? this.traceFields() : {}) },
      `✅ ${STAGE_WORDS[stage]}: works again after ${secondsText(afterMs / 1000)}`,
    );
  }

  lost(range: TopicPartition & { from: number; to: number }): void {
    const messages = range.to - range.from;
    this.metrics.lostMessages.inc(messages);
    this.log.error(
      { event: 'messages_lost', ...range, messages },
      `❌ ${partitionName(range)}: ${counted(messages, 'message')} lost: retention deleted the offsets ${range.from} ` +
        `to ${range.to - 1} before they were read. Reading continues at ${range.to}`,
    );
  }

  partitionHeld(at: TopicPartition, fault: Fault): void {
    this.#held.add(partitionName(at));
    this.log.error({ event: 'partition_held', ...at, code: fault.code }, `❌ ${faultText(fault)}`);
  }

  throttled(ms: number): void {
    this.metrics.throttleSeconds.inc(ms / 1000);
    const now = performance.now();
    if (now - this.#throttleToldAt < TELL_THROTTLE_MS) return;
    this.#throttleToldAt = now;
    this.log.warn(
      { event: 'throttled', throttleMs: ms },
      `⚠️ Kafka accepts no fetch for ${secondsText(ms / 1000)}: this client exceeds its quota (consumer_byte_rate of ` +
        'KAFKA_CLIENT_ID or its user). Raise it if lag grows',
    );
  }

  assigned(generation: number, partitions: TopicPartition[]): void {
    this.metrics.rebalances.inc();
    this.#assigned = partitions;
    this.#held.clear();
    const names = partitions.map(partitionName);
    this.log.info(
      { event: 'assigned', generation, partitions: names },
      `🤝 Joined the group (generation ${generation}): ${counted(partitions.length, 'partition')} assigned` +
        (names.length > 0 ? `: ${names.join(', ')}` : ''),
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
          `↪️ ${partitionName(at)}: this service had settled the offsets below ${committed}, but the checkpoint is ` +
            `${checkpoint}: the warehouse was set back, perhaps restored from a backup. Reading continues at the ` +
            `checkpoint: ${counted(committed - checkpoint, 'offset')} are read again and stored once`,
        );
        continue;
      }
      this.log[committed > checkpoint ? 'warn' : 'info'](
        { event: 'committed_overruled', ...at, committed, checkpoint },
        `↪️ ${partitionName(at)}: the group's committed offset is ${committed}, the checkpoint ${checkpoint}; reading ` +
          `continues at the checkpoint. To read from another offset, use \`npm run operator -- checkpoints set\``,
      );
    }
  }

  offsetsCommitted(seconds: number, failure: string | null): void {
    this.metrics.stageDuration.observe({ stage: 'kafka_commit' }, seconds);
    if (failure === null) {
      this.#repetition.forget((what) => what === 'offsets');
      return;
    }
    const times = this.#repetition.note('offsets');
    if (times === null) return;
    this.log.warn(
      { event: 'offsets_not_committed', failure, times },
      `⚠️ Kafka did not accept the committed offsets: ${failure}. Nothing is lost: the warehouse's checkpoints count, ` +
        'and the next commit tries again',
    );
  }

  lag(lags: PartitionLag[]): void {
    this.#lags = new Map(lags.map((lag) => [partitionName(lag), lag]));
  }

  /** Leaves out partitions that moved to another process, which reports them. */
  #partitions(): PartitionReading[] {
    return this.#assigned.map((at) => {
      const lag = this.#lags.get(partitionName(at));
      return { ...at, isHeld: this.#held.has(partitionName(at)), lag: lag ? this.#lagReading(lag) : null };
    });
  }

  #lagReading({ lag, seenAt }: PartitionLag): PartitionReading['lag'] {
    const ageMs = performance.now() - seenAt;
    return { messages: ageMs > this.maxLagAgeMs ? null : lag, observedAtMs: Date.now() - ageMs };
  }
}

function isOfBatch(stage: FaultStage): boolean {
  return stage === 'dead_letter' || stage === 'warehouse';
}

function coordinates({ topic, partition, offset }: Coordinates): Coordinates {
  return { topic, partition, offset };
}
