import {
  faultText,
  partitionName,
  type CommittedBatch,
  type Fault,
  type FaultStage,
  type PartitionLag,
  type PipelineObserver,
  type TopicPartition,
} from '#pipeline';
import { count, counted, PartitionReadings, Repetition, secondsText, type Log } from '#telemetry';
import { inWordsOfTheLake } from '../archive/lake-faults.js';
import type { LakeMetrics } from './lake-metrics.js';

type Observed =
  | 'buffered'
  | 'batchCommitted'
  | 'checkpointStale'
  | 'faulted'
  | 'recovered'
  | 'lost'
  | 'partitionHeld'
  | 'assigned'
  | 'committedOverruled'
  | 'offsetsCommitted'
  | 'lag';

/** A stage's name at the start of a sentence. */
const STAGE_NAMES: Record<FaultStage, string> = {
  dead_letter: 'The dead-letter topic',
  warehouse: 'The lake',
  assignment: 'The partition assignment',
  kafka: 'Kafka',
  log_ends: 'The poll of the log ends',
};

/** Reports what happens in the archiver's pipeline as metrics and log lines. */
export class ArchiverTelemetry implements Pick<PipelineObserver, Observed> {
  readonly #repetition = new Repetition();
  readonly #partitions: PartitionReadings;
  /** The objects written since the last committed batch. */
  #objects = { count: 0, bytes: 0 };
  #archived = 0;

  constructor(
    private readonly log: Log,
    private readonly metrics: LakeMetrics,
    maxLagAgeMs: number,
  ) {
    this.#partitions = new PartitionReadings(maxLagAgeMs);
    metrics.partitionsFrom(() => this.#partitions.readings());
  }

  objectWritten({ records, bytes }: { records: number; bytes: number }): void {
    this.metrics.records.inc(records);
    this.metrics.objects.inc();
    this.metrics.bytes.inc(bytes);
    this.metrics.lastWrite.set(Date.now() / 1000);
    this.#objects.count += 1;
    this.#objects.bytes += bytes;
    this.#archived += records;
  }

  buffered(_records: number, bytes: number): void {
    this.metrics.bufferBytes.set(bytes);
  }

  batchCommitted({ batch, warehouseSeconds, totalSeconds }: CommittedBatch): void {
    const { count: objects, bytes } = this.#objects;
    this.#objects = { count: 0, bytes: 0 };
    this.metrics.writeSeconds.observe(warehouseSeconds);
    const records = batch.rows.length;
    this.log.info(
      {
        event: 'objects_written',
        batchId: batch.id,
        records,
        objects,
        bytes,
        writeSeconds: warehouseSeconds,
        totalSeconds,
        partitions: batch.ranges.map((range) => `${partitionName(range)}@${range.from}..${range.to - 1}`),
        archived: this.#archived,
      },
      `🗄️ ${counted(records, 'record')} ✅ ${counted(objects, 'object')}, ${count(Math.round(bytes / 1024))} KiB ` +
        `⚡ ${secondsText(warehouseSeconds)} 📈 ${count(this.#archived)} archived`,
    );
  }

  checkpointStale(partitions: (TopicPartition & { expected: number; checkpoint: number })[]): void {
    this.metrics.superseded.inc(partitions.length);
    for (const partition of partitions) {
      this.log.warn(
        { event: 'object_superseded', ...partition },
        `⚠️ ${partitionName(partition)}: another archiver has written these records first, up to ` +
          `${partition.checkpoint - 1}. Reading continues after them; this process had read up to ${partition.expected}`,
      );
    }
  }

  faulted(stage: FaultStage, fault: Fault, attempt: number, waitMs: number): void {
    this.metrics.faulted(stage, fault.class);
    const times = this.#repetition.note(`${stage} ${fault.code}`);
    if (times === null) return;
    const repeated = times === 1 ? '' : ` [${times} times so far]`;
    const text = `${STAGE_NAMES[stage]}: ${faultText(fault)}${repeated}. Retrying in ${secondsText(waitMs / 1000)}`;
    const fields = { event: 'faulted', stage, class: fault.class, code: fault.code, attempt, waitMs, times };
    if (fault.class === 'setup') this.log.error(fields, `❌ ${text}`);
    else this.log.warn(fields, `⚠️ ${text}`);
  }

  recovered(stage: FaultStage, afterMs: number): void {
    this.#repetition.forget((what) => what.startsWith(`${stage} `));
    const text = `${STAGE_NAMES[stage]}: works again after ${secondsText(afterMs / 1000)}`;
    this.log.info({ event: 'recovered', stage, afterMs }, `✅ ${text}`);
  }

  /** From offset 0, the partition has no object yet: nothing that was to be archived is missing. */
  lost(range: TopicPartition & { from: number; to: number }): void {
    const { from, to } = range;
    const offsets = to - from;
    if (from === 0) {
      this.log.warn(
        { event: 'archive_begins', ...range },
        `⚠️ ${partitionName(range)}: the archive begins at offset ${to}, because retention has deleted the earlier ones`,
      );
      return;
    }
    this.metrics.lost.inc(offsets);
    this.log.error(
      { event: 'offsets_lost', ...range, offsets },
      `❌ ${partitionName(range)}: retention deleted ${counted(offsets, 'offset')}, ${from} to ${to - 1}, before they ` +
        `were archived. The next object says so, and archiving continues at ${to}`,
    );
  }

  partitionHeld(at: TopicPartition, fault: Fault): void {
    this.#partitions.hold(at);
    this.log.error(
      { event: 'partition_held', ...at, code: fault.code },
      `❌ ${faultText(inWordsOfTheLake(fault))}`,
    );
  }

  assigned(generation: number, partitions: TopicPartition[]): void {
    this.metrics.rebalances.inc();
    this.#partitions.assign(partitions);
    const names = partitions.map(partitionName);
    this.log.info(
      { event: 'assigned', generation, partitions: names },
      `🤝 Joined the group (generation ${generation}): ${counted(names.length, 'partition')} assigned` +
        (names.length > 0 ? `: ${names.join(', ')}` : ''),
    );
  }

  committedOverruled(partitions: (TopicPartition & { committed: number; checkpoint: number })[]): void {
    for (const { committed, checkpoint, ...at } of partitions) {
      this.log.info(
        { event: 'committed_overruled', ...at, committed, checkpoint },
        `↪️ ${partitionName(at)}: the group's committed offset is ${committed}, the last object ends before ` +
          `${checkpoint}; reading continues there`,
      );
    }
  }

  /** Only tools read the commits, so a failure is worth one line. */
  offsetsCommitted(_seconds: number, failure: string | null): void {
    if (failure === null) {
      this.#repetition.forget((what) => what === 'offsets');
      return;
    }
    const times = this.#repetition.note('offsets');
    if (times === null) return;
    this.log.warn(
      { event: 'offsets_not_committed', failure, times },
      `⚠️ Kafka did not accept the committed offsets: ${failure}. Nothing is lost: the objects count`,
    );
  }

  lag(lags: PartitionLag[]): void {
    this.#partitions.lag(lags);
  }
}
