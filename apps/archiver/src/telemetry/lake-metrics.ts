import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Fault, FaultStage } from '#pipeline';
import { HealthReporting } from '#service';
import { NOT_READY_REASONS, type NotReadyReason, type PartitionReading } from '#telemetry';

/** The archiver writes to the lake where the ingester writes to a warehouse. */
const STAGES: Partial<Record<FaultStage, string>> = {
  warehouse: 'lake',
  assignment: 'assignment',
  kafka: 'kafka',
  log_ends: 'log_ends',
};
const FAULT_CLASSES = ['transient', 'setup'] as const satisfies readonly Fault['class'][];
const IRRELEVANT = new Set<NotReadyReason>(['dead_letter', 'dead_letter_limit']);

/** Every metric of the archiver. Names differ from the ingester's, so that no query adds the two. */
export class LakeMetrics extends HealthReporting {
  readonly name = 'archive';
  readonly registry = new Registry();
  readonly #registers = [this.registry];

  readonly records = new Counter({
    name: 'lake_records_total',
    help: 'Records in the objects that this process has written',
    registers: this.#registers,
  });
  readonly objects = new Counter({
    name: 'lake_objects_total',
    help: 'Objects that this process has written',
    registers: this.#registers,
  });
  readonly bytes = new Counter({
    name: 'lake_bytes_total',
    help: 'Size of the objects that this process has written, compressed',
    registers: this.#registers,
  });
  readonly writeSeconds = new Histogram({
    name: 'lake_write_duration_seconds',
    help: 'Time to compress and write the objects of one batch, without failed attempts',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: this.#registers,
  });
  readonly lastWrite = new Gauge({
    name: 'lake_last_write_timestamp_seconds',
    help: 'When objects were last written, in seconds since 1970; 0 before the first ones',
    registers: this.#registers,
  });
  readonly bufferBytes = new Gauge({
    name: 'lake_buffer_bytes',
    help: 'Size of the records that wait, as LAKE_MAX_BYTES counts it',
    registers: this.#registers,
  });
  readonly lost = new Counter({
    name: 'lake_lost_offsets_total',
    help: 'Offsets that retention deleted after archiving began and before they were read',
    registers: this.#registers,
  });
  readonly superseded = new Counter({
    name: 'lake_superseded_total',
    help: 'Objects that another archiver had written first; reading continued at their end',
    registers: this.#registers,
  });
  readonly faults = new Counter({
    name: 'lake_faults_total',
    help: 'Failed attempts, by stage and class: transient faults pass by themselves, setup faults need an operator',
    labelNames: ['stage', 'class'],
    registers: this.#registers,
  });
  readonly rebalances = new Counter({
    name: 'lake_rebalances_total',
    help: 'How often the archiver joined its consumer group, including the first time',
    registers: this.#registers,
  });
  readonly lag = new Gauge({
    name: 'lake_lag',
    help: 'Messages between the end of the last object and the end of the log, for each assigned partition; absent while the end of the log is unknown',
    labelNames: ['topic', 'partition'],
    registers: this.#registers,
    collect: () => {
      this.lag.reset();
      for (const { topic, partition, lag } of this.#assigned())
        if (lag !== null && lag.messages !== null) this.lag.set({ topic, partition }, lag.messages);
    },
  });
  readonly held = new Gauge({
    name: 'lake_partitions_held',
    help: '1 for each assigned partition that is held until an operator acts, 0 for the others; /health says why',
    labelNames: ['topic', 'partition'],
    registers: this.#registers,
    collect: () => {
      this.held.reset();
      for (const { topic, partition, isHeld } of this.#assigned())
        this.held.set({ topic, partition }, isHeld ? 1 : 0);
    },
  });
  readonly ready = new Gauge({
    name: 'lake_ready',
    help: '1 while records get through (as in /health), else 0',
    registers: this.#registers,
    collect: () => {
      this.ready.set(this.#notReady().size === 0 ? 1 : 0);
    },
  });
  readonly notReady = new Gauge({
    name: 'lake_not_ready',
    help: '1 for each reason why the archiver is not ready, 0 for the others',
    labelNames: ['reason'],
    registers: this.#registers,
    collect: () => {
      const reasons = this.#notReady();
      for (const reason of NOT_READY_REASONS)
        if (!IRRELEVANT.has(reason))
          this.notReady.set({ reason: stageName(reason) }, reasons.has(reason) ? 1 : 0);
    },
  });

  readonly clock = new Gauge({
    name: 'lake_clock_timestamp_seconds',
    help: 'The clock of this machine at the scrape, in seconds since 1970; stores refuse requests of a wrong clock',
    registers: this.#registers,
    collect: () => {
      this.clock.set(Date.now() / 1000);
    },
  });

  #notReady: () => ReadonlySet<NotReadyReason> = () => new Set(['starting']);
  #isMember: () => boolean = () => true;
  #readPartitions: () => PartitionReading[] = () => [];

  constructor(version: string) {
    super();
    new Gauge({
      name: 'lake_build_info',
      help: 'The version of the archiver; always 1',
      labelNames: ['version'],
      registers: this.#registers,
    }).set({ version }, 1);
    for (const stage of Object.values(STAGES))
      for (const faultClass of FAULT_CLASSES) this.faults.inc({ stage, class: faultClass }, 0);
    collectDefaultMetrics({ register: this.registry });
  }

  faulted(stage: FaultStage, faultClass: Fault['class']): void {
    this.faults.inc({ stage: stageName(stage), class: faultClass });
  }

  /** Sets the source of the partition gauges, which is read at each scrape. */
  partitionsFrom(read: () => PartitionReading[]): void {
    this.#readPartitions = read;
  }

  override membershipFrom(isMember: () => boolean): void {
    this.#isMember = isMember;
  }

  override readinessFrom(notReady: () => ReadonlySet<NotReadyReason>): void {
    this.#notReady = notReady;
  }

  /** The ingester's metric says how long a transaction has been open. */
  override openTransactionsFrom(): void {
    // Not repeated here; /health names it.
  }

  #assigned(): PartitionReading[] {
    return this.#isMember() ? this.#readPartitions() : [];
  }
}

/** The name of a stage or reason in the archiver's labels. */
function stageName(stage: NotReadyReason): string {
  return stage === 'warehouse' ? 'lake' : stage;
}
