import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { STAGES, type CommittedBatch } from '#pipeline';
import type { BatchCounts } from './batch-counts.js';
import { MetricGroup } from './metric-group.js';
import { WeightedSummary } from './weighted-summary.js';

/** DuckDB stores a small batch in some milliseconds. */
const MILLISECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05];

/** Sizes and durations of batches. */
export class BatchMetrics extends MetricGroup {
  readonly batchSize = new Histogram({
    name: 'batch_size_events',
    help: 'Messages settled by a committed batch',
    buckets: [10, 25, 50, 75, 100, 150, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000],
    registers: this.registers,
  });

  readonly batchProcessing = new Histogram({
    name: 'batch_processing_duration_seconds',
    help: 'Time from when the writer takes a batch to its commit in the warehouse, including retries',
    buckets: [...MILLISECONDS, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: this.registers,
  });

  readonly warehouseInsert = new Histogram({
    name: 'snowflake_insert_duration_seconds',
    help: 'Duration of the warehouse transaction that stored a batch',
    buckets: [...MILLISECONDS, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: this.registers,
  });

  readonly stageDuration = new Histogram({
    name: 'stage_duration_seconds',
    help: 'Time by stage: judge (validation) for each fetch; wait (until the batch is due and the writer is free), dead_letter, warehouse and kafka_commit for each batch',
    labelNames: ['stage'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: this.registers,
  });

  readonly processing = new WeightedSummary({
    name: 'event_processing_summary',
    help: 'Processing time per event in seconds: its share of the time of its batch. The count covers all processed events',
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 5,
    registers: this.registers,
  });

  readonly latency = new Histogram({
    name: 'event_to_warehouse_latency_seconds',
    help: "Time from a message's timestamp to its commit in the warehouse, for the oldest and the newest row of each batch",
    buckets: [...MILLISECONDS, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 900, 3_600, 21_600],
    registers: this.registers,
  });

  readonly currentBatchSize = new Gauge({
    name: 'current_batch_size',
    help: 'Messages in the batch being filled, and in a full one that waits for the one being written',
    registers: this.registers,
  });

  readonly bufferBytes = new Gauge({
    name: 'buffer_bytes',
    help: 'Size of the same batches in bytes, as BATCH_MAX_BYTES counts it',
    registers: this.registers,
  });

  readonly lastCommit = new Gauge({
    name: 'last_commit_timestamp',
    help: 'When a batch was last committed to the warehouse, in seconds since 1970; 0 before the first one',
    registers: this.registers,
  });

  readonly billedBytes = new Counter({
    name: 'snowflake_streaming_billed_bytes_total',
    help: 'Uncompressed bytes of the rows that Snowpipe Streaming accepted, by which Snowflake bills; 0 with SNOWFLAKE_INGEST=sql',
    registers: this.registers,
  });

  constructor(registry: Registry) {
    super(registry);
    for (const stage of STAGES) this.stageDuration.zero({ stage });
  }

  committed(
    { events, timestamps }: BatchCounts,
    openedAtMs: number,
    { warehouseSeconds, totalSeconds, heldSeconds }: Omit<CommittedBatch, 'batch'>,
  ): void {
    const now = Date.now();
    this.batchSize.observe(events);
    this.batchProcessing.observe(totalSeconds);
    this.warehouseInsert.observe(warehouseSeconds);
    this.stageDuration.observe({ stage: 'warehouse' }, warehouseSeconds);
    const waitSeconds = (now - openedAtMs) / 1000 - totalSeconds - heldSeconds;
    this.stageDuration.observe({ stage: 'wait' }, Math.max(0, waitSeconds));
    this.lastCommit.set(now / 1000);
    if (events > 0) this.processing.observeMany(totalSeconds / events, events);
    if (timestamps === null) return;
    // A producer's clock may be ahead of ours.
    this.latency.observe(Math.max(0, now - timestamps.oldestMs) / 1000);
    this.latency.observe(Math.max(0, now - timestamps.newestMs) / 1000);
  }
}
