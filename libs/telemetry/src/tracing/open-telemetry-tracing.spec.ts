import { pino } from 'pino';
import { EventValidator } from '#events';
import { IngestionPipeline, MessageValidator, noneStored, PipelineObservers, type Fault } from '#pipeline';
import { loadSettings } from '#settings';
import {
  eventually,
  freePort,
  MemoryDeadLetterTopic,
  MemoryLog,
  MemoryWarehouse,
  OtlpEndpoint,
} from '#testing';
import { Metrics } from '../metrics/metrics.js';
import { PipelineTelemetry } from '../pipeline/pipeline-telemetry.js';
import { MOST_LINKS } from './producer-links.js';
import { OpenTelemetryTracing } from './open-telemetry-tracing.js';

const STORED = '{"event_type":"CELLAR_VISITED","note":"CONTENT"}';
const NAMES = {
  topic: 'sales_events',
  group: 'g1',
  deadLetterTopic: 'sales_events_dlq',
  warehouse: 'duckdb',
};
const FAULT: Fault = { class: 'transient', code: 'ECONNRESET', message: 'hung up on SECRET', remedy: null };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

const traceparent = (spanId: number) =>
  Buffer.from(`00-${TRACE_ID}-${spanId.toString(16).padStart(16, '0')}-01`);
const traced = (spanId: number) => ({ headers: { traceparent: traceparent(spanId) } });

let endpoint: OtlpEndpoint;
let lines: Record<string, unknown>[];
// The exporter reads this variable directly. Its retries must not outlive the test.
beforeAll(() => (process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '2500'));
afterAll(() => delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT']);
beforeEach(async () => {
  lines = [];
  endpoint = await OtlpEndpoint.start();
});
afterEach(() => endpoint.stop());

function start({ env = {}, maxWaiting = 1_000 }: { env?: Record<string, string>; maxWaiting?: number } = {}) {
  const { settings } = loadSettings({
    WAREHOUSE: 'duckdb',
    DUCKDB_PATH: 'a.duckdb',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint.url,
    ...env,
  });
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  const logger = pino({ level: 'debug' }, stream);
  const metrics = new Metrics('1.2.3');
  const limits = { maxWaiting, sendEveryMs: 20 };
  const tracing = new OpenTelemetryTracing(settings.tracing, NAMES, '1.2.3', 3_000, logger, metrics, limits);
  const telemetry = new PipelineTelemetry(logger, metrics, () => tracing.batches.fields());
  const log = new MemoryLog();
  const warehouse = new MemoryWarehouse();
  const pipeline = new IngestionPipeline(
    log,
    new MessageValidator(new EventValidator({ maxBytes: 10_000 })),
    warehouse,
    new MemoryDeadLetterTopic(),
    new PipelineObservers(telemetry, tracing.batches),
    { minEvents: 1, maxWaitMs: 5, maxEvents: 1_000, maxBytes: 1_000_000 },
  );
  pipeline.start();
  /** Ingests everything in the partition. */
  const ingest = async () => {
    log.assign(0);
    await eventually(() => pipeline.status().isReading && !log.isPaused(0));
    await pipeline.accept(log.fetch(0, 0));
    await pipeline.drain();
  };
  const dropped = async (reason: string) => {
    const { values } = await metrics.droppedSpans.get();
    return values.find(({ labels }) => labels.reason === reason)?.value;
  };
  return { tracing, log, warehouse, pipeline, ingest, dropped };
}

const only = (name: string) => {
  const spans = endpoint.named(name);
  expect(spans).toHaveLength(1);
  const [span] = spans;
  if (span === undefined) throw new Error(`no span ${name}`);
  return span;
};

/** The shutdown waits two seconds at most; the collector may take longer. A batch's span ends last. */
async function exported(tracing: OpenTelemetryTracing): Promise<void> {
  await tracing.onApplicationShutdown();
  await eventually(() => endpoint.named('process sales_events').length > 0);
}

describe('a batch', () => {
  it('is a trace: the batch, its dead letters, the transaction with its parts, the commit to Kafka', async () => {
    const { tracing, log, warehouse, ingest } = start();
    log.append(0, STORED, traced(1));
    log.append(0, 'no JSON', traced(2));
    log.append(0, null);
    warehouse.script.push(async (batch) => {
      const now = performance.now();
      const times = { startedAt: now, endedAt: now + 1 };
      return {
        ...warehouse.commit(batch),
        steps: [
          { name: 'stage', ...times },
          { name: 'commit', ...times },
        ],
      };
    });
    await ingest();
    await exported(tracing);

    const batch = only('process sales_events');
    expect(batch.parentSpanId ?? '').toBe('');
    expect(batch.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'sales_events',
      'messaging.consumer.group.name': 'g1',
      'messaging.batch.message_count': 3,
      'ingestion.rows': 1,
      'ingestion.dead_letters': 1,
      'ingestion.skipped': 1,
      'ingestion.offset_ranges': ['sales_events-0@0..2'],
      'ingestion.outcome': 'committed',
      'ingestion.links.omitted': 0,
    });
    expect(batch.attributes['ingestion.batch.bytes']).toBeGreaterThan(0);
    expect(batch.links.map(({ traceId, spanId }) => `${traceId}-${spanId}`).sort()).toEqual([
      `${TRACE_ID}-0000000000000001`,
      `${TRACE_ID}-0000000000000002`,
    ]);
    const transaction = only('warehouse transaction');
    const parents = {
      'send sales_events_dlq': batch,
      'warehouse transaction': batch,
      'stage rows': transaction,
      'commit transaction': transaction,
      'commit sales_events': batch,
    };
    for (const [name, parent] of Object.entries(parents)) {
      expect(only(name)).toMatchObject({ traceId: batch.traceId, parentSpanId: parent.spanId });
    }
    expect(batch.resource).toMatchObject({
      'service.name': 'sales-events-ingester',
      'service.version': '1.2.3',
    });
  });

  it('is linked from its log lines to its trace', async () => {
    const { tracing, log, ingest } = start();
    log.append(0, 'no JSON');
    await ingest();
    await exported(tracing);
    const { traceId, spanId } = only('process sales_events');
    for (const event of ['dead_letters_published', 'batch_committed']) {
      expect(lines.find((line) => line['event'] === event)).toMatchObject({
        trace_id: traceId,
        span_id: spanId,
      });
    }
    expect(lines.find((line) => line['event'] === 'assigned')).not.toHaveProperty('trace_id');
  });

  it('links to each producer once, up to a limit, and counts the others', async () => {
    const { tracing, log, ingest } = start();
    for (let id = 1; id <= MOST_LINKS + 7; id++) log.append(0, STORED, traced(id));
    log.append(0, STORED, traced(1));
    await ingest();
    await exported(tracing);
    const batch = only('process sales_events');
    expect(batch.links).toHaveLength(MOST_LINKS);
    expect(batch.attributes['ingestion.links.omitted']).toBe(7);
  });

  it.each([
    ['zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['an invalid version', `ff-${TRACE_ID}-00f067aa0ba902b7-01`],
    ['more fields than version 00 has', `00-${TRACE_ID}-00f067aa0ba902b7-01-x`],
    ['upper case', `00-${TRACE_ID.toUpperCase()}-00f067aa0ba902b7-01`],
    ['nothing', ''],
    ['excessive length', `01-${TRACE_ID}-00f067aa0ba902b7-01-${'x'.repeat(1_000)}`],
  ])('ignores a traceparent with %s', async (_, text) => {
    const { tracing, log, ingest } = start();
    log.append(0, STORED, { headers: { traceparent: Buffer.from(text) } });
    await ingest();
    await exported(tracing);
    expect(only('process sales_events').links).toEqual([]);
  });

  it('shows faults and attempts, but no content of events or fault messages', async () => {
    const { tracing, log, warehouse, ingest } = start({
      env: { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20HUSH' },
    });
    log.append(0, STORED, traced(1));
    const now = performance.now();
    warehouse.script.push(async () => ({
      kind: 'fault',
      fault: FAULT,
      steps: [{ name: 'stage', startedAt: now, endedAt: now }],
    }));
    await ingest();
    await exported(tracing);

    const [failed, stored] = endpoint.named('warehouse transaction');
    expect(failed).toMatchObject({
      status: { code: 2, message: 'transient fault ECONNRESET' },
      attributes: { 'error.type': 'ECONNRESET', 'ingestion.fault.class': 'transient' },
    });
    expect(stored?.attributes['ingestion.outcome']).toBe('stored');
    expect(only('stage rows').status.code).toBe(2);
    expect(only('process sales_events').events).toMatchObject([
      {
        name: 'fault',
        attributes: { 'error.type': 'ECONNRESET', 'ingestion.fault.class': 'transient', attempt: 1 },
      },
    ]);
    expect(endpoint.headers[0]?.authorization).toBe('Bearer HUSH');
    expect(endpoint.bodies.join()).not.toMatch(/CONTENT|SECRET|HUSH|key-0/);
  });

  it('that is not sampled has no span and no trace fields in the log', async () => {
    const { tracing, log, warehouse, ingest } = start({ env: { OTEL_TRACES_SAMPLER: 'always_off' } });
    log.append(0, STORED, traced(1));
    await ingest();
    await tracing.onApplicationShutdown();
    expect(warehouse.rows).toHaveLength(1);
    expect(endpoint.spans).toEqual([]);
    expect(lines.find((line) => line['event'] === 'batch_committed')).not.toHaveProperty('trace_id');
  });
});

describe('an unreachable collector never disturbs ingestion', () => {
  it('is logged once, as is its return, and dropped spans are counted', async () => {
    const { tracing, log, warehouse, ingest, dropped } = start();
    endpoint.answer = 400;
    log.append(0, STORED);
    await ingest();
    await eventually(async () => ((await dropped('export_failed')) ?? 0) >= 2);
    expect(warehouse.rows).toHaveLength(1);
    expect(lines.filter(({ event }) => event === 'traces_dropped')).toHaveLength(1);

    endpoint.answer = 200;
    tracing.batches.batchTaken({
      id: 'b',
      rows: [],
      storedCounts: noneStored(),
      deadLetters: [],
      ranges: [],
      bytes: 0,
      openedAtMs: Date.now(),
    });
    tracing.batches.batchAbandoned();
    await eventually(() => lines.some(({ event }) => event === 'traces_sent_again'));
    await exported(tracing);
    expect(only('process sales_events').attributes['ingestion.outcome']).toBe('let_go');
  });

  it('buffers no more spans than its limit', async () => {
    const { tracing, log, ingest, dropped } = start({ maxWaiting: 1 });
    endpoint.answer = 'silence';
    log.append(0, STORED);
    await ingest();
    expect(await dropped('queue_full')).toBeGreaterThan(0);
    await tracing.onApplicationShutdown();
  });

  it.each(['never responds', 'does not exist'])('does not delay the shutdown if it %s', async (what) => {
    endpoint.answer = 'silence';
    const gone = `http://127.0.0.1:${await freePort()}`;
    const env = what === 'does not exist' ? { OTEL_EXPORTER_OTLP_ENDPOINT: gone } : {};
    const { tracing, log, warehouse, ingest } = start({ env });
    log.append(0, STORED);
    await ingest();
    tracing.onModuleDestroy();
    await tracing.onApplicationShutdown();
    expect(warehouse.rows).toHaveLength(1);
    expect(endpoint.spans).toEqual([]);
  });
});
