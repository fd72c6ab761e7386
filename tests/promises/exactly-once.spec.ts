import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';

const PARTITIONS = 3;
const EVENTS = 10_000;
const KILLS = 4;
/** A broker accepts requests of up to a megabyte. */
const CHUNK = 3_000;

describe('promise 1: every message ends exactly once, whenever the service is killed', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('kill', { partitions: PARTITIONS });
  });
  afterAll(() => scenario.cleanUp());

  it('through kill -9 between and inside batches', async () => {
    const orders = Array.from({ length: EVENTS }, (_, customerId) => validOrder(customerId));
    const withBad = orders.flatMap((order, index) =>
      index % 50 === 0 ? [order, { value: 'no json' }] : [order],
    );
    for (let first = 0; first < withBad.length; first += CHUNK) {
      await scenario.produce(withBad.slice(first, first + CHUNK));
    }
    // Small batches, so that every kill hits one in progress.
    const env = { BATCH_MIN_EVENTS: '10', BATCH_MAX_EVENTS: '100' };
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const victim = await scenario.launchIngester(env);
      const enough = kill * 250;
      await victim.until('some batches, or nothing left', async () => {
        if ((await victim.metric('snowflake_events_inserted_total')) > enough) return true;
        const isAssigned = (await victim.metric('assigned_partitions')) === PARTITIONS;
        return isAssigned && (await victim.metric('kafka_lag')) === 0;
      });
      await victim.kill();
    }
    const last = await scenario.startIngester(env);
    await scenario.untilSettled(last);
    expect(await last.stop()).toBe(0);

    const expected = { TOTAL: String(EVENTS), DISTINCT_IDS: String(EVENTS) };
    const [rows] = await scenario.query(
      `SELECT count(*) AS TOTAL, count(DISTINCT EVENT_CONTENT->>'order_line_id') AS DISTINCT_IDS FROM RAW_EVENTS_STREAM`,
    );
    expect(rows).toEqual(expected);
    const bad = String(withBad.length - orders.length);
    const [letters] = await scenario.query(
      `SELECT count(*) AS TOTAL, count(DISTINCT (EVENT_METADATA->>'partition', EVENT_METADATA->>'offset')) AS PLACES
         FROM SALES_EVENTS_DLQ`,
    );
    expect(letters).toEqual({ TOTAL: bad, PLACES: bad });
    const [ledger] = await scenario.query(
      `SELECT sum(NEXT_OFFSET - FIRST_OFFSET) AS SETTLED, sum(STORED) AS STORED, sum(DEAD_LETTERED) AS DEAD_LETTERED
         FROM INGESTION_CHECKPOINTS`,
    );
    expect(ledger).toEqual({ SETTLED: String(withBad.length), STORED: String(EVENTS), DEAD_LETTERED: bad });
  });
});
