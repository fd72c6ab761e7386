import { readTopic } from '#testing';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

const MAX_RUN = 200;
const BAD = 1_000;
const BATCH = 50;

/** Small batches, a low limit, and several partitions, across which "in a row" counts. */
const LIMIT = {
  DLQ_MAX_RUN: String(MAX_RUN),
  BATCH_MIN_EVENTS: String(BATCH),
  BATCH_MAX_EVENTS: String(BATCH),
};

describe('a producer of only bad events does not move the topic into the dead-letter topic: the service', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('dead-letter-limit', { partitions: 3 });
    await scenario.produce(Array.from({ length: 100 }, () => validOrder()));
  });
  afterAll(() => scenario.cleanUp());

  const good = Array.from({ length: 300 }, () => validOrder());
  const bad = Array.from({ length: BAD }, (_, index) => ({ key: `k${index}`, value: `{"broken": ${index}` }));

  it('stops near the limit, stays alive but not ready, says what to do, and does the same after a restart', async () => {
    const ingester = await scenario.startIngester(LIMIT);
    await scenario.untilSettled(ingester);
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

    // The hold lasts longer than a session, but the member stays in the group: heartbeats continue.
    const heldAt = performance.now();
    await ingester.until('a while', () => performance.now() - heldAt > 8_000);
    expect(await ingester.metric('rebalances_total')).toBe(1);
    expect(await ingester.metric('dlq_messages_total')).toBe(moved);
    expect(await ingester.metric('kafka_lag')).toBe(BAD - moved + good.length);
    expect(ingester.log().filter(({ event }) => event === 'dead_letters_held')).toHaveLength(1);
    expect(await ingester.stop()).toBe(0);

    const next = await scenario.startIngester(LIMIT);
    await next.untilMetric('dead_letter_limit_hit', 1);
    // Good events of another partition may come in between and start a new run.
    expect(await next.metric('dlq_messages_total')).toBeLessThan(BAD - moved);
    expect(await next.stop()).toBe(0);
  });

  it('continues when the operator lifts the limit: every event ends once, and the limit applies again', async () => {
    const ingester = await scenario.launchIngester(LIMIT);
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    ingester.signal('SIGUSR2');
    await scenario.untilSettled(ingester);
    await ingester.untilReady();
    expect(await ingester.metric('dead_letter_limit_hit')).toBe(0);

    await scenario.produce(bad.slice(0, MAX_RUN + BATCH));
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    // A higher limit holds nothing.
    expect(await ingester.stop()).toBe(0);
    const higher = await scenario.startIngester({ ...LIMIT, DLQ_MAX_RUN: '0' });
    await scenario.untilSettled(higher);
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

it('consecutive dead letters are held even between good events of the same batch', async () => {
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
