import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { TraceIdRatioBasedSampler, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { current, type TracingSettings } from '#settings';
import { counted } from '../log/words.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Log } from '../log/log.js';
import { BatchTracing, type TracedNames } from './batch-tracing.js';
import {
  SpanExport,
  type DropReason,
  type SpanExportLimits,
  type SpanExportListener,
} from './span-export.js';
import type { Tracing } from './tracing.js';

/** Once everything is stored, the service waits at most this long for a collector. */
const LONGEST_FLUSH_MS = 2_000;
/** Time reserved before the drain deadline for what comes after the traces. */
const SPARE_MS = 500;

/** Sends the traces of batches to a collector. It drops what it cannot send: ingestion never waits for it. */
export class OpenTelemetryTracing implements Tracing, OnModuleDestroy, OnApplicationShutdown {
  readonly batches: BatchTracing;
  readonly #provider: TracerProvider;
  #closingSince = performance.now();

  constructor(
    settings: TracingSettings,
    names: TracedNames,
    version: string,
    private readonly drainTimeoutMs: number,
    log: Log,
    metrics: Metrics,
    limits?: SpanExportLimits,
  ) {
    const { endpoint } = settings;
    if (endpoint === null) throw new Error('no endpoint for traces is set');
    const exporter = new OTLPTraceExporter({
      url: endpoint,
      headers: async () => current(settings).headers(),
    });
    this.#provider = new TracerProvider({
      resource: resourceOf(settings.serviceName, version),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.share) }),
      spanProcessors: [new SpanExport(exporter, new ExportLog(log, metrics, new URL(endpoint).host), limits)],
    });
    this.batches = new BatchTracing(this.#provider.getTracer('sales-events-ingester', version), names);
  }

  onModuleDestroy(): void {
    this.#closingSince = performance.now();
  }

  /** Runs after the last batch is settled. */
  async onApplicationShutdown(): Promise<void> {
    const leftMs = this.drainTimeoutMs - (performance.now() - this.#closingSince) - SPARE_MS;
    await this.#close(Math.max(0, Math.min(LONGEST_FLUSH_MS, leftMs)));
  }

  /** Sends what is queued, for at most `withinMs`. */
  async #close(withinMs: number): Promise<void> {
    this.batches.close();
    const over = new AbortController();
    // What could not be sent has been reported by then.
    const sent = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([sent, delay(withinMs, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
  }
}

function resourceOf(serviceName: string, version: string) {
  return resourceFromAttributes({ 'service.version': version, 'service.instance.id': hostname() })
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(resourceFromAttributes({ 'service.name': serviceName }));
}

/** Logs once that spans are dropped, and once that they are no longer; counts them all. */
class ExportLog implements SpanExportListener {
  #dropped = 0;

  constructor(
    private readonly log: Log,
    private readonly metrics: Metrics,
    private readonly collector: string,
  ) {}

  dropped(spans: number, reason: DropReason, why: string): void {
    this.metrics.droppedSpans.inc({ reason }, spans);
    if (this.#dropped === 0) {
      this.log.warn(
        { event: 'traces_dropped', reason },
        `⚠️ Traces do not reach ${this.collector}: ${why}. They are dropped until it responds; events are still stored ` +
          '(OTEL_EXPORTER_OTLP_ENDPOINT)',
      );
    }
    this.#dropped += spans;
  }

  sent(): void {
    if (this.#dropped === 0) return;
    this.log.info(
      { event: 'traces_sent_again', dropped: this.#dropped },
      `✅ Traces reach ${this.collector} again; ${counted(this.#dropped, 'span')} dropped meanwhile`,
    );
    this.#dropped = 0;
  }
}
