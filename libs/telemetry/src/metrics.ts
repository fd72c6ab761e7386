import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { EVENT_LABELS } from '#events';
import {
  ERROR_TYPES,
  type DriftCount,
  type Fault,
  type ValidatedCount,
  type FaultStage,
  type OpenTransaction,
  type Stage,
  type TopicPartition,
} from '#pipeline';
import type { DropReason } from './tracing/span-export.js';
import { WeightedSummary } from './weighted-summary.js';

const STAGES = [
  'judge',
  'wait',
  'dead_letter',
  'warehouse',
  'kafka_commit',
] as const satisfies readonly Stage[];
const FAULT_STAGES = [
  'dead_letter',
  'warehouse',
  'assignment',
  'kafka',
  'log_ends',
] as const satisfies readonly FaultStage[];
const FAULT_CLASSES = ['transient', 'setup'] as const satisfies readonly Fault['class'][];
const DRIFT_KINDS = [
  'unknown_field',
  'unfit_optional_field',
] as const satisfies readonly DriftCount['kind'][];

/** Why the service is not ready. */
export const NOT_READY_REASONS = [
  'starting',
  'stopping',
  'failed',
  'dead_letter_limit',
  'partition_held',
  ...FAULT_STAGES,
] as const;

export type NotReadyReason = (typeof NOT_READY_REASONS)[number];

/** An assigned partition, for the gauges. */
export interface PartitionReading extends TopicPartition {
  isHeld: boolean;
  /** Null until the end of the log is known. `messages` is null if that is too long ago to count as the current lag. */
  lag: { messages: number | null; observedAtMs: number } | null;
}

const DROP_REASONS = ['queue_full', 'export_failed'] as const satisfies readonly DropReason[];

/** Vendors have thousands of error codes: beyond this many, new ones count as `other`. */
const MOST_ERROR_CODES = 50;

/** Dashboards call undecodable messages json_error; every other status has its own name. */
export function statusLabel(status: ValidatedCount['status']): string {
  return status === 'json_decode' ? 'json_error' : status;
}

/**
 * Every metric of the service. Label values come from closed sets, and their series exist from the start,
 * so that rates work from the first event on.
 */
export class Metrics {
  readonly registry = new Registry();

  readonly eventsConsumed = new Counter({
    name: 'kafka_events_consumed_total',
    help: 'Messages read from Kafka and validated, by event type and status',
    labelNames: ['event_type', 'status'],
    registers: [this.registry],
  });

  readonly eventsInserted = new Counter({
    name: 'snowflake_events_inserted_total',
    help: 'Rows committed to the warehouse, by event type',
    labelNames: ['event_type'],
    registers: [this.registry],
  });

  readonly deadLetters = new Counter({
    name: 'dlq_messages_total',
    help: 'Dead letters that the dead-letter topic acknowledged, by error type',
    labelNames: ['error_type'],
    registers: [this.registry],
  });

  readonly deadLetterRatio = new Gauge({
    name: 'dead_letter_ratio',
    help: 'Share of dead letters among the last DLQ_RATIO_WINDOW_EVENTS messages, which DLQ_MAX_RATIO limits',
    registers: [this.registry],
  });

  readonly deadLetterLimitHit = new Gauge({
    name: 'dead_letter_limit_hit',
    help: '1 while the dead-letter limit holds all events until an operator acts, else 0',
    registers: [this.registry],
  });

  readonly droppedSpans = new Counter({
    name: 'trace_spans_dropped_total',
    help: 'Trace spans that could not be sent to the collector',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  readonly batchSize = new Histogram({
    name: 'batch_size_events',
    help: 'Messages settled by a committed batch',
    buckets: [10, 25, 50, 75, 100, 150, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
    registers: [this.registry],
  });

  readonly batchProcessing = new Histogram({
    name: 'batch_processing_duration_seconds',
    help: 'Time from when the writer takes a batch to its commit in the warehouse, including retries',
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  });

  readonly warehouseInsert = new Histogram({
    name: 'snowflake_insert_duration_seconds',
    help: 'Duration of the warehouse transaction that stored a batch',
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });

  readonly currentBatchSize = new Gauge({
    name: 'current_batch_size',
    help: 'Messages in the batch being filled, and in a full one that waits for the one being written',
    registers: [this.registry],
  });

  readonly lag = new Gauge({
    name: 'kafka_lag',
    help: 'Messages between the settled offset and the end of the log, for each assigned partition; absent while the end of the log is unknown',
    labelNames: ['topic', 'partition'],
    registers: [this.registry],
    collect: () => {
      this.lag.reset();
      for (const { topic, partition, lag } of this.#partitions()) {
        if (lag !== null && lag.messages !== null) this.lag.set({ topic, partition }, lag.messages);
      }
    },
  });

  readonly lagObserved = new Gauge({
    name: 'kafka_lag_observed_timestamp_seconds',
    help: 'When the end of the log of an assigned partition was last observed, in seconds since 1970',
    labelNames: ['topic', 'partition'],
    registers: [this.registry],
    collect: () => {
      this.lagObserved.reset();
      for (const { topic, partition, lag } of this.#partitions()) {
        if (lag !== null) this.lagObserved.set({ topic, partition }, lag.observedAtMs / 1000);
      }
    },
  });

  readonly partitionsHeld = new Gauge({
    name: 'kafka_partitions_held',
    help: '1 for each assigned partition that is held until an operator acts, 0 for the others; /health says why',
    labelNames: ['topic', 'partition'],
    registers: [this.registry],
    collect: () => {
      this.partitionsHeld.reset();
      for (const { topic, partition, isHeld } of this.#partitions()) {
        this.partitionsHeld.set({ topic, partition }, isHeld ? 1 : 0);
      }
    },
  });

  readonly openTransaction = new Gauge({
    name: 'kafka_open_transaction_seconds',
    help: 'How long an open transaction has been observed to hold an assigned partition; /health names its producer and what waits. No series if there is none',
    labelNames: ['topic', 'partition'],
    registers: [this.registry],
    collect: () => {
      this.openTransaction.reset();
      const open = this.#isMember() ? this.#openTransactions() : [];
      for (const { topic, partition, sinceMs } of open) {
        this.openTransaction.set({ topic, partition }, Math.max(0, Date.now() - sinceMs) / 1000);
      }
    },
  });

  readonly ready = new Gauge({
    name: 'ready',
    help: '1 while events get through (as in /health), else 0',
    registers: [this.registry],
    collect: () => {
      this.ready.set(this.#notReady().size === 0 ? 1 : 0);
    },
  });

  readonly notReady = new Gauge({
    name: 'not_ready',
    help: '1 for each reason why the service is not ready, 0 for the others',
    labelNames: ['reason'],
    registers: [this.registry],
    collect: () => {
      const reasons = this.#notReady();
      for (const reason of NOT_READY_REASONS) this.notReady.set({ reason }, reasons.has(reason) ? 1 : 0);
    },
  });

  readonly lastCommit = new Gauge({
    name: 'last_commit_timestamp',
    help: 'When a batch was last committed to the warehouse, in seconds since 1970; 0 before the first one',
    registers: [this.registry],
  });

  readonly processing = new WeightedSummary({
    name: 'event_processing_summary',
    help: 'Processing time per event in seconds: its share of the time of its batch. The count covers all processed events',
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers: [this.registry],
  });

  readonly latency = new Histogram({
    name: 'event_to_warehouse_latency_seconds',
    help: "Time from a message's timestamp to its commit in the warehouse, for the oldest and the newest row of each batch",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 900, 3_600, 21_600],
    registers: [this.registry],
  });

  readonly stageDuration = new Histogram({
    name: 'stage_duration_seconds',
    help: 'Time by stage: judge (validation) for each fetch; wait (until the batch is due and the writer is free), dead_letter, warehouse and kafka_commit for each batch',
    labelNames: ['stage'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  readonly bufferBytes = new Gauge({
    name: 'buffer_bytes',
    help: 'Size of the same batches in bytes, as BATCH_MAX_BYTES counts it',
    registers: [this.registry],
  });

  readonly rebalances = new Counter({
    name: 'rebalances_total',
    help: 'How often the service joined the consumer group, including the first time',
    registers: [this.registry],
  });

  readonly throttleSeconds = new Counter({
    name: 'kafka_throttle_seconds_total',
    help: 'Time for which brokers accepted no fetch because this client exceeded its quota',
    registers: [this.registry],
  });

  readonly assignedPartitions = new Gauge({
    name: 'assigned_partitions',
    help: 'Partitions that this process reads; 0 while it is not a member of the group',
    registers: [this.registry],
    collect: () => {
      this.assignedPartitions.set(this.#partitions().length);
    },
  });

  readonly faults = new Counter({
    name: 'faults_total',
    help: 'Failed attempts, by stage and class: transient faults pass by themselves, setup faults need an operator',
    labelNames: ['stage', 'class'],
    registers: [this.registry],
  });

  readonly warehouseErrors = new Counter({
    name: 'warehouse_errors_total',
    help: 'Warehouse errors, by class (transient, setup, data) and code; data counts rejected rows',
    labelNames: ['class', 'code'],
    registers: [this.registry],
  });

  readonly contractDrift = new Counter({
    name: 'contract_drift_total',
    help: 'Fields in events that the contract does not have, or defines differently',
    labelNames: ['event_type', 'kind'],
    registers: [this.registry],
  });

  readonly lostMessages = new Counter({
    name: 'lost_messages_total',
    help: 'Offsets that retention deleted before they were read',
    registers: [this.registry],
  });

  readonly staleCheckpoints = new Counter({
    name: 'stale_checkpoints_total',
    help: 'Partitions whose checkpoint in the warehouse was not at the expected offset',
    registers: [this.registry],
  });

  #openTransactions: () => readonly OpenTransaction[] = () => [];
  #notReady: () => ReadonlySet<NotReadyReason> = () => new Set(['starting']);
  #readPartitions: () => PartitionReading[] = () => [];
  #isMember: () => boolean = () => true;
  readonly #errorCodes = new Set<string>();

  /** @param version the service's version, for build_info */
  constructor(version: string) {
    new Gauge({
      name: 'build_info',
      help: 'The version of the service; always 1',
      labelNames: ['version'],
      registers: [this.registry],
    }).set({ version }, 1);
    this.#beginAtZero();
  }

  /** Sets the source of `ready` and `not_ready`, which is read at each scrape. Until then the reason is `starting`. */
  readinessFrom(notReady: () => ReadonlySet<NotReadyReason>): void {
    this.#notReady = notReady;
  }

  /** Sets the source of the partition gauges, which is read at each scrape. */
  partitionsFrom(read: () => PartitionReading[]): void {
    this.#readPartitions = read;
  }

  /** Sets the source of the group membership. While this process is not a member, others own its partitions. */
  membershipFrom(isMember: () => boolean): void {
    this.#isMember = isMember;
  }

  #partitions(): PartitionReading[] {
    return this.#isMember() ? this.#readPartitions() : [];
  }

  /** Sets the source of `kafka_open_transaction_seconds`, which is read at each scrape. */
  openTransactionsFrom(openTransactions: () => readonly OpenTransaction[]): void {
    this.#openTransactions = openTransactions;
  }

  /** Adds metrics of the process: CPU, memory, event loop, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  countWarehouseError(errorClass: Fault['class'] | 'data', code: string, count = 1): void {
    this.warehouseErrors.inc({ class: errorClass, code: this.#boundedCode(code) }, count);
  }

  #boundedCode(code: string): string {
    if (this.#errorCodes.has(code)) return code;
    if (this.#errorCodes.size >= MOST_ERROR_CODES || !/^\w{1,40}$/.test(code)) return 'other';
    this.#errorCodes.add(code);
    return code;
  }

  #beginAtZero(): void {
    for (const label of EVENT_LABELS) {
      for (const status of ['success', 'skipped', ...ERROR_TYPES] as const) {
        this.eventsConsumed.inc({ event_type: label, status: statusLabel(status) }, 0);
      }
      this.eventsInserted.inc({ event_type: label }, 0);
      for (const kind of DRIFT_KINDS) this.contractDrift.inc({ event_type: label, kind }, 0);
    }
    for (const reason of DROP_REASONS) this.droppedSpans.inc({ reason }, 0);
    for (const type of ERROR_TYPES) this.deadLetters.inc({ error_type: type }, 0);
    for (const stage of STAGES) this.stageDuration.zero({ stage });
    for (const stage of FAULT_STAGES) {
      for (const faultClass of FAULT_CLASSES) this.faults.inc({ stage, class: faultClass }, 0);
    }
  }
}
