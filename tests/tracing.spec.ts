import { eventually, freePort, OtlpEndpoint } from '#testing';
import { validOrder } from './support/bad-input.js';
import { Scenario } from './support/scenario.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';

describe('traces', () => {
  let scenario: Scenario;
  let collector: OtlpEndpoint;
  beforeAll(async () => {
    scenario = await Scenario.create('tracing');
    collector = await OtlpEndpoint.start();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await collector.stop();
  });

  it('show each batch with its stages, lead to its producers and from its log lines, and hold no event', async () => {
    const headers = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };
    const ingester = await scenario.startIngester({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20HUSH',
    });
    await scenario.produce([
      { ...validOrder(), headers },
      { ...validOrder(), headers },
      { key: 'SECRETKEY', value: 'SECRETVALUE', headers: { ...headers, note: 'SECRETHEADER' } },
    ]);
    await ingester.untilMetric('batch_size_events_sum', 3);
    // What waits is sent before the end.
    expect(await ingester.stop()).toBe(0);

    const batches = collector.named(`process ${scenario.topic}`);
    const messages = batches.map(({ attributes }) => Number(attributes['messaging.batch.message_count']));
    expect(messages.reduce((sum, count) => sum + count, 0)).toBe(3);
    for (const batch of batches) {
      expect(batch.attributes).toMatchObject({
        'messaging.consumer.group.name': scenario.group,
        'ingestion.outcome': 'committed',
      });
      expect(batch.links).toMatchObject([{ traceId: TRACE_ID, spanId: PARENT_ID }]);
      const children = collector.spans.filter(({ parentSpanId }) => parentSpanId === batch.spanId);
      const [transaction] = children.filter(({ name }) => name === 'warehouse transaction');
      expect(transaction?.attributes['db.system.name']).toBe('duckdb');
      const parts = collector.spans.filter(({ parentSpanId }) => parentSpanId === transaction?.spanId);
      expect(parts.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['stage rows', 'advance checkpoints', 'commit transaction']),
      );
      const line = ingester
        .log()
        .find(({ event, span_id: id }) => event === 'batch_committed' && id === batch.spanId);
      expect(line).toMatchObject({ trace_id: batch.traceId });
    }
    expect(collector.named(`send ${scenario.deadLetterTopic}`)).toMatchObject([
      { attributes: { 'messaging.batch.message_count': 1, 'ingestion.outcome': 'published' } },
    ]);
    expect(collector.named(`commit ${scenario.topic}`).length).toBeGreaterThan(0);
    expect(collector.bodies.join()).not.toMatch(/SECRET|HUSH|ORDER_CREATED|order_line_id/);
    expect(collector.headers[0]?.authorization).toBe('Bearer HUSH');
    expect(ingester.output).not.toContain('HUSH');
  });

  it('that reach no collector disturb nothing: all events are stored, and the service drains', async () => {
    const before = await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM');
    expect(before).toEqual([{ N: '2' }]);
    const ingester = await scenario.startIngester({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    await scenario.produce(Array.from({ length: 300 }, () => validOrder()));
    await ingester.untilMetric('batch_size_events_sum', 300);
    await eventually(async () => (await ingester.metric('trace_spans_dropped_total')) > 0, {});
    expect(await ingester.stop()).toBe(0);
    expect(ingester.log().filter(({ event }) => event === 'traces_dropped')).toHaveLength(1);
    expect(await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM')).toEqual([{ N: '302' }]);
  });
});
