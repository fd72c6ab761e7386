import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { DropReason } from '../tracing/span-export.js';
import { BatchMetrics } from './batch-metrics.js';
import { HealthMetrics } from './health-metrics.js';
import { MessageMetrics } from './message-metrics.js';
import { PartitionMetrics } from './partition-metrics.js';

const DROP_REASONS = ['queue_full', 'export_failed'] as const satisfies readonly DropReason[];

/**
 * Every metric of the service. Label values come from closed sets, and their series exist from the start,
 * so that rates work from the first event on.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly messages = new MessageMetrics(this.registry);
  readonly batches = new BatchMetrics(this.registry);
  readonly partitions = new PartitionMetrics(this.registry);
  readonly health = new HealthMetrics(this.registry);

  readonly droppedSpans = new Counter({
    name: 'trace_spans_dropped_total',
    help: 'Trace spans that could not be sent to the collector',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  /** @param version the service's version, for build_info */
  constructor(version: string) {
    new Gauge({
      name: 'build_info',
      help: 'The version of the service; always 1',
      labelNames: ['version'],
      registers: [this.registry],
    }).set({ version }, 1);
    for (const reason of DROP_REASONS) this.droppedSpans.inc({ reason }, 0);
  }

  /** Adds metrics of the process: CPU, memory, event loop, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }
}
