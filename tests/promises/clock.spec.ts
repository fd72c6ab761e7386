import { JUMPING_CLOCK, jump } from '#testing';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';

const SESSION_TIMEOUT_MS = 6_000;

describe('promise 7: a clock change is a transient problem', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  let sent = 0;
  beforeAll(async () => {
    scenario = await Scenario.create('clock');
    ingester = await scenario.startIngester({
      ...JUMPING_CLOCK,
      KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    });
    await storeTen();
  });
  afterAll(() => scenario.cleanUp());

  async function storeTen(): Promise<void> {
    await scenario.produce(Array.from({ length: 10 }, () => validOrder()));
    sent += 10;
    await ingester.untilMetric('snowflake_events_inserted_total', sent);
  }

  // The group rejects the offsets of a member that it has removed.
  it.each(['back by an hour', 'forward again'])(
    '%s: the group keeps its member, offsets are committed, the pod stays alive',
    async () => {
      jump(ingester);
      const since = performance.now();
      const answers = new Set<number>();
      await ingester.until('past two session time-outs', async () => {
        answers.add((await ingester.get('/health/live')).status);
        return performance.now() - since > 2 * SESSION_TIMEOUT_MS;
      });
      expect([...answers]).toEqual([200]);

      await storeTen();
      await ingester.until('committed', async () => (await scenario.committedOffsets()).get(0) === sent);
      await ingester.untilMetric('kafka_lag', 0);
    },
  );

  it('and each event is stored once', async () => {
    expect(await ingester.stop()).toBe(0);
    expect(await scenario.query('SELECT count(*) AS n FROM RAW_EVENTS_STREAM')).toEqual([
      { n: String(sent) },
    ]);
  });
});
