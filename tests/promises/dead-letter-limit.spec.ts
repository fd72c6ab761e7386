import { readTopic } from '#testing';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

const MAX_RUN = 200;
const BAD = 1_000;
const BATCH = 50;

/** Small batches and a low limit; partitions, so that "in a row" goes over all of them. */
const LIMIT = {
  DLQ_MAX_RUN: String(MAX_RUN),
  BATCH_MIN_EVENTS: String(BATCH),
  BATCH_MAX_EVENTS: String(BATCH),
};

describe('a producer that turns all events bad does not move the topic into the dead-letter topic', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('dead-letter-limit', { partitions: 3 });
    await scenario.produce(Array.from({ length: 100 }, () => validOrder()));
  });
  afterAll(() => scenario.cleanUp());

  const good = Array.from({ length: 300 }, () => validOrder());
  const bad = Array.from({ length: BAD }, (_, index) => ({ key: `k${index}`, value: `{"broken": ${index}` }));

  it('stops at about the limit, is alive and not ready, says what to do, and does so again after a restart', async () => {
    const ingester = await scenario.startIngester(LIMIT);
    await ingester.untilMetric('kafka_lag', 0);
    await scenario.produce(bad);
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    await scenario.produce(good);

    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    expect(body).toMatch(/dead letters in a row \(DLQ_MAX_RUN=200\).*SIGUSR2/);
    expect((await ingester.get('/health/live')).status).toBe(200);
    const moved = await ingester.metric('dlq_messages_total');
    expect(moved).toBeLessThanOrEqual(MAX_RUN);
    expect(moved).toBeGreaterThan(MAX_RUN - BATCH);

    // It holds for longer than a session lasts, and the group still knows the member: heartbeats go on.
    const heldAt = performance.now();
    await ingester.until('a while', () => performance.now() - heldAt > 8_000);
    expect(await ingester.metric('rebalances_total')).toBe(1);
    expect(await ingester.metric('dlq_messages_total')).toBe(moved);
    expect(await ingester.metric('kafka_lag')).toBe(BAD - moved + good.length);
    expect(ingester.log().filter(({ event }) => event === 'dead_letters_held')).toHaveLength(1);
    expect(await ingester.stop()).toBe(0);

    const next = await scenario.startIngester(LIMIT);
    await next.untilMetric('dead_letter_limit_hit', 1);
    // Good events of another partition may have come between them, and begun a new run.
    expect(await next.metric('dlq_messages_total')).toBeLessThan(BAD - moved);
    expect(await next.stop()).toBe(0);
  });

  it('goes on when the operator says so: every event ends once, and the limit holds again', async () => {
    const ingester = await scenario.launchIngester(LIMIT);
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    ingester.signal('SIGUSR2');
    await ingester.untilMetric('kafka_lag', 0);
    await ingester.untilReady();
    expect(await ingester.metric('dead_letter_limit_hit')).toBe(0);

    await scenario.produce(bad.slice(0, MAX_RUN + BATCH));
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    // Nothing is held by a higher limit.
    expect(await ingester.stop()).toBe(0);
    const higher = await scenario.startIngester({ ...LIMIT, DLQ_MAX_RUN: '0' });
    await higher.untilMetric('kafka_lag', 0);
    expect(await higher.stop()).toBe(0);

    const letters = BAD + MAX_RUN + BATCH;
    const rows = await scenario.query(
      `SELECT count(*) AS N, count(DISTINCT (EVENT_METADATA->>'partition', EVENT_METADATA->>'offset')) AS D
         FROM RAW_EVENTS_STREAM`,
    );
    expect(rows).toEqual([{ N: String(100 + good.length), D: String(100 + good.length) }]);
    expect(await scenario.query('SELECT sum(DEAD_LETTERED) AS N FROM INGESTION_CHECKPOINTS')).toEqual([
      { N: String(letters) },
    ]);
    expect(await readTopic(BOOTSTRAP, scenario.deadLetterTopic)).toHaveLength(letters);
    expect(await scenario.query('SELECT count(*) AS N FROM SALES_EVENTS_DLQ')).toEqual([
      { N: String(letters) },
    ]);
  });
});

it('dead letters in a row are held also between good events of the same batch', async () => {
  const scenario = await Scenario.create('dead-letter-run');
  try {
    const good = Array.from({ length: 50 }, () => validOrder());
    const bad = Array.from({ length: MAX_RUN + 1 }, () => ({ key: 'k', value: 'no json' }));
    await scenario.produce([...good, ...bad, ...good]);
    const ingester = await scenario.launchIngester({ DLQ_MAX_RUN: String(MAX_RUN) });
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    expect((await ingester.get('/health')).body).toContain('201 dead letters in a row (DLQ_MAX_RUN=200)');
    expect(await ingester.metric('dlq_messages_total')).toBe(0);
    expect(await ingester.stop()).toBe(0);
  } finally {
    await scenario.cleanUp();
  }
});
