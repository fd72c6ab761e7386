import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import {
  partitionName,
  type Batch,
  type BatchTry,
  type CommittedBatch,
  type Fault,
  type PipelineObserver,
} from '#pipeline';
import { countsOf } from '../metrics/batch-counts.js';
import { producerLinks } from './producer-links.js';

/** Fields that link a log line to its trace. */
export interface TraceFields {
  trace_id?: string;
  span_id?: string;
}

/** The names that spans contain. */
export interface TracedNames {
  topic: string;
  group: string;
  deadLetterTopic: string;
  warehouse: string;
}

/** Up to this many batches are remembered whose offsets are not yet committed to Kafka. */
const MOST_UNTOLD = 100;

const STEP_NAMES = {
  stage: 'stage rows',
  dead_letters: 'insert dead letters',
  checkpoints: 'advance checkpoints',
  commit: 'commit transaction',
} as const;

interface TracedBatch {
  span: Span;
  context: Context;
  /** Offset from the monotonic clock to epoch milliseconds, the same for all spans of a batch. */
  epochMs: number;
}

/**
 * Creates a trace for each batch: https://opentelemetry.io/docs/specs/semconv/messaging/. Spans contain names, counts,
 * offsets and fault classes, but never the content of an event or the message of a fault.
 */
export class BatchTracing implements Partial<PipelineObserver> {
  #current: TracedBatch | null = null;
  /** Batches committed in the warehouse, with the time on the monotonic clock. */
  #untold: (TracedBatch & { committedAt: number })[] = [];

  constructor(
    private readonly tracer: Tracer,
    private readonly names: TracedNames,
  ) {}

  /** For log lines about the batch being written; empty if it is not traced. */
  fields(): TraceFields {
    if (this.#current === null) return {};
    const { traceId, spanId } = this.#current.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  batchTaken(batch: Batch): void {
    const epochMs = Date.now() - performance.now();
    const span = this.tracer.startSpan(
      `process ${this.names.topic}`,
      { kind: SpanKind.CONSUMER, startTime: Date.now(), root: true },
      context.active(),
    );
    if (!span.isRecording()) return;
    const { links, omitted } = producerLinks(batch);
    span.addLinks(links);
    span.setAttributes({
      ...this.#messaging('process', 'process'),
      'ingestion.batch.id': batch.id,
      'ingestion.batch.bytes': batch.bytes,
      'ingestion.batch.waited_ms': Math.max(0, Date.now() - batch.openedAtMs),
      'ingestion.links.omitted': omitted,
      ...counts(batch),
    });
    this.#current = { span, context: trace.setSpan(context.active(), span), epochMs };
  }

  batchTried({ stage, startedAt, endedAt, messages, outcome, fault, steps }: BatchTry): void {
    const traced = this.#current;
    if (traced === null) return;
    const attributes = { 'ingestion.messages': messages, 'ingestion.outcome': outcome };
    const span =
      stage === 'dead_letter'
        ? this.#start(traced, `send ${this.names.deadLetterTopic}`, SpanKind.PRODUCER, startedAt, {
            'messaging.system': 'kafka',
            'messaging.operation.name': 'send',
            'messaging.operation.type': 'send',
            'messaging.destination.name': this.names.deadLetterTopic,
            'messaging.batch.message_count': messages,
            ...attributes,
          })
        : this.#start(traced, 'warehouse transaction', SpanKind.CLIENT, startedAt, {
            'db.system.name': this.names.warehouse,
            ...attributes,
          });
    const inside = { ...traced, context: trace.setSpan(traced.context, span) };
    for (const [index, step] of steps.entries()) {
      const part = this.#start(inside, STEP_NAMES[step.name], SpanKind.INTERNAL, step.startedAt);
      if (index === steps.length - 1) fail(part, fault);
      part.end(traced.epochMs + step.endedAt);
    }
    fail(span, fault);
    span.end(traced.epochMs + endedAt);
  }

  faulted(...[stage, fault, attempt, waitMs]: Parameters<PipelineObserver['faulted']>): void {
    if (stage !== 'dead_letter' && stage !== 'warehouse') return;
    this.#note('fault', { ...faultAttributes(fault), stage, attempt, wait_ms: waitMs });
  }

  deadLettersHeld(): void {
    this.#note('dead_letters_held');
  }

  rowsRejected(rows: number): void {
    this.#note('rows_rejected', { rows });
  }

  checkpointStale(...[partitions]: Parameters<PipelineObserver['checkpointStale']>): void {
    this.#note('checkpoint_stale', { partitions: partitions.map(partitionName) });
  }

  batchCommitted({ batch }: CommittedBatch): void {
    const traced = this.#current;
    if (traced === null) return;
    traced.span.setAttributes(counts(batch));
    this.#end('committed');
    this.#untold = [...this.#untold, { ...traced, committedAt: performance.now() }].slice(-MOST_UNTOLD);
  }

  batchAbandoned(): void {
    this.#end('let_go');
  }

  /** One Kafka commit may cover several batches: its span belongs to the newest, and links to the others. */
  offsetsCommitted(seconds: number, failure: string | null): void {
    const startedAt = performance.now() - seconds * 1_000;
    const told = this.#untold.filter(({ committedAt }) => committedAt <= startedAt);
    const newest = told.pop();
    if (newest === undefined) return;
    this.#untold = this.#untold.filter(({ committedAt }) => committedAt > startedAt);
    const links = told.map(({ span }) => ({ context: span.spanContext() }));
    const attributes = this.#messaging('commit', 'settle');
    const span = this.#start(
      newest,
      `commit ${this.names.topic}`,
      SpanKind.CLIENT,
      startedAt,
      attributes,
      links,
    );
    if (failure !== null) {
      span.setAttribute('error.type', '_OTHER');
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: 'Kafka did not accept the offsets; the log says why',
      });
    }
    span.end(newest.epochMs + performance.now());
  }

  /** Ends the span of a batch that is still being written when the service shuts down. */
  close(): void {
    this.#current?.span.setStatus({
      code: SpanStatusCode.ERROR,
      message: 'The service ended before the batch',
    });
    this.#end('unfinished');
  }

  #start(
    traced: TracedBatch,
    name: string,
    kind: SpanKind,
    startedAt: number,
    attributes: Attributes = {},
    links: Link[] = [],
  ): Span {
    const startTime = traced.epochMs + startedAt;
    return this.tracer.startSpan(name, { kind, startTime, attributes, links }, traced.context);
  }

  #note(event: string, attributes: Attributes = {}): void {
    this.#current?.span.addEvent(event, attributes, Date.now());
  }

  #end(outcome: 'committed' | 'let_go' | 'unfinished'): void {
    const traced = this.#current;
    this.#current = null;
    traced?.span.setAttribute('ingestion.outcome', outcome);
    traced?.span.end(traced.epochMs + performance.now());
  }

  #messaging(name: string, type: string): Attributes {
    return {
      'messaging.system': 'kafka',
      'messaging.operation.name': name,
      'messaging.operation.type': type,
      'messaging.destination.name': this.names.topic,
      'messaging.consumer.group.name': this.names.group,
    };
  }
}

function counts(batch: Batch): Attributes {
  const { events, rows, deadLetters, skipped } = countsOf(batch);
  return {
    'messaging.batch.message_count': events,
    'ingestion.rows': rows,
    'ingestion.dead_letters': deadLetters,
    'ingestion.skipped': skipped,
    'ingestion.gaps': batch.ranges.reduce((sum, { gaps }) => sum + gaps, 0),
    'ingestion.lost': batch.ranges.reduce((sum, { lost }) => sum + lost, 0),
    'ingestion.partitions': batch.ranges.length,
    'ingestion.offset_ranges': batch.ranges.map(
      (range) => `${partitionName(range)}@${range.from}..${range.to - 1}`,
    ),
  };
}

function faultAttributes(fault: Fault): Attributes {
  return { 'error.type': fault.code, 'ingestion.fault.class': fault.class };
}

function fail(span: Span, fault: Fault | null): void {
  if (fault === null) return;
  span.setAttributes(faultAttributes(fault));
  span.setStatus({ code: SpanStatusCode.ERROR, message: `${fault.class} fault ${fault.code}` });
}
