import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

/** Why spans were not sent, as a label of their metric. */
export type DropReason = 'queue_full' | 'export_failed';

export interface SpanExportListener {
  dropped(spans: number, reason: DropReason, why: string): void;
  sent(spans: number): void;
}

export interface SpanExportLimits {
  /** Queued spans and those being sent; further ones are dropped. */
  maxWaiting: number;
  sendEveryMs: number;
}

export const SPAN_EXPORT_LIMITS: SpanExportLimits = { maxWaiting: 2_048, sendEveryMs: 2_000 };

type Export = SpanExporter['export'];

/**
 * Sends ended spans in the background, with a bounded queue, and reports the results. OpenTelemetry's own processor does
 * the sending, but it reports drops only to its diagnostic log, which nobody reads.
 */
export class SpanExport implements SpanProcessor {
  readonly #processor: BatchSpanProcessor;
  #waiting = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly listener: SpanExportListener,
    private readonly limits = SPAN_EXPORT_LIMITS,
  ) {
    this.#processor = new BatchSpanProcessor({
      exporter: { export: this.#export, shutdown: () => exporter.shutdown() },
      maxQueueSize: limits.maxWaiting,
      maxExportBatchSize: Math.min(256, limits.maxWaiting),
      scheduledDelayMillis: limits.sendEveryMs,
    });
  }

  onStart(): void {
    // Only ended spans are sent.
  }

  onEnd(span: Parameters<SpanProcessor['onEnd']>[0]): void {
    if (this.#waiting >= this.limits.maxWaiting) {
      this.listener.dropped(1, 'queue_full', `${this.limits.maxWaiting} spans are already queued`);
      return;
    }
    this.#waiting += 1;
    this.#processor.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#processor.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#processor.shutdown();
  }

  readonly #export: Export = (spans, done) => {
    this.exporter.export(spans, (result) => {
      this.#waiting -= spans.length;
      if (result.error === undefined) this.listener.sent(spans.length);
      else this.listener.dropped(spans.length, 'export_failed', reasonOf(result.error));
      done(result);
    });
  };
}

/** One line. A connection that every address refuses has a code but no message. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.name;
  const [line = ''] = error.message.split('\n');
  return (line === '' ? code : line).slice(0, 200);
}
