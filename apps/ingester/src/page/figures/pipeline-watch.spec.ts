import { IngestionPipeline, MessageValidator, PipelineObservers } from '#pipeline';
import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse } from '#testing';
import { PipelineWatch } from './pipeline-watch.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const SECRET = 'grand cru';
const BAD = JSON.stringify({ event_type: 'ORDER_CREATED', order_line_id: SECRET, customer_id: SECRET });

describe('PipelineWatch', () => {
  let pipeline: IngestionPipeline;
  let log: MemoryLog;
  const watch = new PipelineWatch();

  beforeAll(async () => {
    log = new MemoryLog();
    const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
    const limits = { minEvents: 4, maxWaitMs: 60_000, maxEvents: 100, maxBytes: 100_000 };
    const observers = new PipelineObservers();
    const [warehouse, letters] = [new MemoryWarehouse(), new MemoryDeadLetterTopic()];
    pipeline = new IngestionPipeline(log, validator, warehouse, letters, observers, limits);
    observers.join(watch);
    pipeline.start();
    log.assign(0);
    await eventually(() => pipeline.status().isReading && !log.isPaused(0));
    for (const value of [STORED, BAD, 'no json', BAD]) log.append(0, value);
    await pipeline.accept(log.fetch(0, 0));
    await eventually(() => watch.lastBatch !== null);
  });
  afterAll(() => pipeline.drain());

  it('remembers the last batch, and the means since the last call', () => {
    expect(watch.lastBatch).toMatchObject({ events: 4, warehouseSeconds: 0.001 });
    expect(watch.takeBatchMeans()).toMatchObject({ warehouseSeconds: 0.001 });
    const none = { batchSeconds: null, warehouseSeconds: null, latencySeconds: null };
    expect(watch.takeBatchMeans()).toEqual(none);
  });

  it('knows how long the rows of the last batch took from their timestamps to the warehouse', () => {
    const { oldestSeconds = NaN, newestSeconds = NaN } = watch.lastBatch?.latency ?? {};
    expect(newestSeconds).toBeGreaterThanOrEqual(0);
    expect(oldestSeconds).toBeGreaterThanOrEqual(newestSeconds);
  });

  it('counts dead letters by event type, and how often the group was joined', () => {
    expect(watch.deadLettersOf('ORDER_CREATED')).toBe(2);
    expect(watch.deadLettersOf('other')).toBe(1);
    expect(watch.rebalances).toMatchObject({ count: 1, lastAtMs: expect.any(Number) as number });
  });

  it('counts dead letters by type and by fault, and lists the newest first', () => {
    const { byType, byFault, newest } = watch.letters.summary();
    expect(byType).toEqual([
      { errorType: 'json_decode', count: 1 },
      { errorType: 'not_an_object', count: 0 },
      { errorType: 'invalid_schema', count: 2 },
      { errorType: 'too_large', count: 0 },
      { errorType: 'warehouse_rejected', count: 0 },
    ]);
    expect(byFault).toContainEqual({ field: 'order_line_id', rule: 'isUuid', count: 2 });
    expect(newest.map(({ offset }) => offset)).toEqual([3, 2, 1]);
    expect(newest[0]).toMatchObject({ topic: log.topic, eventType: 'ORDER_CREATED', attempt: 1 });
  });

  it('keeps nothing of a value', () => {
    expect(JSON.stringify(watch.letters.summary())).not.toContain(SECRET);
  });

  it('keeps a bounded number of dead letters, however many there are', async () => {
    for (let offset = 4; offset < 64; offset += 1) log.append(0, 'no json');
    await pipeline.accept(log.fetch(0, 4));
    await eventually(() => watch.letters.summary().newest[0]?.offset === 63);
    expect(watch.letters.summary().newest).toHaveLength(12);
  });

  it('has a time for each stage, including those that did not run, over the last minute', () => {
    const ran = () => watch.stages.summary().flatMap(({ stage, count }) => (count > 0 ? stage : []));
    expect(watch.stages.summary()).toHaveLength(5);
    expect(ran()).toEqual(expect.arrayContaining(['judge', 'wait', 'dead_letter', 'warehouse']));
    for (let turn = 0; turn < 59; turn += 1) watch.stages.endTurn();
    expect(ran()).toContain('warehouse');
    watch.stages.endTurn();
    expect(ran()).toEqual([]);
  });
});
