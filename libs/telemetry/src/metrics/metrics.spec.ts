import { EVENT_LABELS, EventValidator } from '#events';
import { MessageValidator, type FetchedBatch } from '#pipeline';
import { pino } from 'pino';
import type { NotReadyReason } from './health-metrics.js';
import { Metrics } from './metrics.js';
import { PipelineTelemetry } from '../pipeline/pipeline-telemetry.js';

const exposed = (metrics = new Metrics('1.2.3')) => metrics.registry.metrics();

/** A fetch with one message for each value. */
function fetchOf(values: string[]): FetchedBatch {
  return {
    topic: 't',
    partition: 0,
    fetchedOffset: 0,
    nextOffset: values.length,
    first: null,
    last: null,
    highWatermark: values.length,
    length: values.length,
    bytes: 0,
    isCompact: true,
    at: (index) => ({
      topic: 't',
      partition: 0,
      offset: index,
      timestampMs: 0,
      key: null,
      value: Buffer.from(values[index] ?? ''),
      headers: {},
    }),
    heartbeat: async () => undefined,
    resolve: () => undefined,
  };
}

describe('Metrics', () => {
  it.each([
    ['kafka_events_consumed_total', 'counter'],
    ['snowflake_events_inserted_total', 'counter'],
    ['dlq_messages_total', 'counter'],
    ['batch_size_events', 'histogram'],
    ['batch_processing_duration_seconds', 'histogram'],
    ['snowflake_insert_duration_seconds', 'histogram'],
    ['current_batch_size', 'gauge'],
    ['kafka_lag', 'gauge'],
    ['kafka_lag_observed_timestamp_seconds', 'gauge'],
    ['last_commit_timestamp', 'gauge'],
    ['event_processing_summary', 'summary'],
  ])('has %s, a %s that dashboards use', async (name, type) => {
    expect(await exposed()).toContain(`# TYPE ${name} ${type}\n`);
  });

  it.each([
    ['batch_size_events', ['10', '25', '50', '75', '100', '150', '200']],
    ['batch_processing_duration_seconds', ['0.1', '0.5', '1', '2.5', '5', '10', '30']],
    ['snowflake_insert_duration_seconds', ['0.1', '0.5', '1', '2.5', '5', '10']],
  ])('%s has the buckets that dashboards use', async (name, buckets) => {
    const found = [...(await exposed()).matchAll(new RegExp(`^${name}_bucket\\{le="(.+)"\\}`, 'gm'))];
    expect(found.map(([, bucket]) => bucket)).toEqual(expect.arrayContaining(buckets));
  });

  it('reports at each scrape whether the service is ready, and why not', async () => {
    const metrics = new Metrics('1.2.3');
    expect(await exposed(metrics)).toMatch(/^ready 0$[^]*^not_ready\{reason="starting"\} 1$/m);
    const reasons = new Set<NotReadyReason>();
    metrics.health.readinessFrom(() => reasons);
    const isReady = await exposed(metrics);
    expect(isReady).toMatch(/^ready 1$/m);
    expect(isReady).not.toMatch(/^not_ready\{.*\} 1$/m);
    reasons.add('partition_held').add('warehouse');
    const text = await exposed(metrics);
    expect(text).toMatch(/^ready 0$/m);
    expect([...text.matchAll(/^not_ready\{reason="(\w+)"\} 1$/gm)].map(([, reason]) => reason)).toEqual([
      ...reasons,
    ]);
  });

  it('has every series of a closed set at 0 from the start', async () => {
    const lines = (await exposed()).split('\n');
    for (const label of EVENT_LABELS) {
      for (const status of [
        'success',
        'skipped',
        'json_error',
        'not_an_object',
        'invalid_schema',
        'too_large',
      ]) {
        expect(lines).toContain(`kafka_events_consumed_total{event_type="${label}",status="${status}"} 0`);
      }
      expect(lines).toContain(`snowflake_events_inserted_total{event_type="${label}"} 0`);
    }
    expect(lines).toContain('dlq_messages_total{error_type="warehouse_rejected"} 0');
    expect(lines).toContain('stage_duration_seconds_count{stage="kafka_commit"} 0');
    expect(lines).toContain('faults_total{stage="assignment",class="setup"} 0');
    expect(lines).toContain('contract_drift_total{event_type="other",kind="unknown_field"} 0');
    expect(lines).toContain('lost_messages_total 0');
    expect(lines).toContain('event_processing_summary_count 0');
    expect(lines).toContain('build_info{version="1.2.3"} 1');
  });

  it('includes process metrics on request', async () => {
    const metrics = new Metrics('1.2.3');
    metrics.collectProcess();
    expect(await exposed(metrics)).toMatch(/^process_resident_memory_bytes \d+/m);
  });

  it('has a fixed set of series however many event types producers invent', async () => {
    const metrics = new Metrics('1.2.3');
    const telemetry = new PipelineTelemetry(pino({ level: 'silent' }), metrics);
    const series = (text: string) => text.replace(/ \S+$/gm, '').split('\n').sort();
    const before = series(await exposed(metrics));
    const hostile = Array.from({ length: 10_000 }, (_, index) => `TYPE_${index}`).concat(
      '__proto__',
      'a"}\n',
      'constructor',
    );
    const fetched = fetchOf(hostile.map((type) => JSON.stringify({ event_type: type })));
    const validator = new MessageValidator(new EventValidator({ maxBytes: 1_000 }));
    const { range, counts, drift } = validator.validate(fetched, 0, 0, { events: 20_000, bytes: 1e9 });
    telemetry.validated(counts, drift, 0.1);
    const { rows, storedCounts, deadLetters, bytes } = range;
    const batch = { id: 'b', rows, storedCounts, deadLetters, ranges: [], bytes, openedAtMs: Date.now() };
    telemetry.batchCommitted({ batch, warehouseSeconds: 0.1, totalSeconds: 0.1, heldSeconds: 0 });
    expect(series(await exposed(metrics))).toEqual(before);
    expect(rows).toHaveLength(hostile.length);
    expect(await exposed(metrics)).toContain(
      `snowflake_events_inserted_total{event_type="other"} ${hostile.length}\n`,
    );
  });
});
