import { randomUUID } from 'node:crypto';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM } from '#warehouse';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { answerOf, environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

interface Report {
  sent: number;
  chosen: number;
  leftOut: Record<string, { ids: string[] }>;
}

const fakesnow = await fakesnowFor('the way of a redriven dead letter into Snowflake');

if (fakesnow === null) itIsSkippedWithout('Python');
else {
  describe('a dead letter redriven by the built service and the built operator on Snowflake', () => {
    let scenario: Scenario;
    let warehouse: SnowflakeWarehouse;
    let snowflake: Record<string, string>;
    let env: Record<string, string>;
    const id = (offset: number) => `${scenario.topic}-0@${offset}`;
    const redrive = (...args: string[]) => answerOf<Report>(env, 'dead-letters', 'redrive', ...args);

    beforeAll(async () => {
      scenario = await Scenario.create('snowflake-redrive');
      const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
      warehouse = await SnowflakeWarehouse.start({ accessUrl: fakesnow.url, database });
      snowflake = { ...snowflakeEnv(fakesnow), SNOWFLAKE_DATABASE: database };
      env = { ...environmentOf(scenario), DUCKDB_PATH: '', ...snowflake };
    });
    afterAll(async () => {
      await scenario.cleanUp();
      await warehouse.close();
      await fakesnow.stop();
    });

    /** Runs the service until it has settled everything in the topic. */
    async function ingest(): Promise<void> {
      const ingester = await scenario.startIngester(snowflake);
      await scenario.untilSettled(ingester);
      expect(await ingester.stop()).toBe(0);
    }

    it('is patched, sent and stored once; a second run sends nothing; the table has its new coordinates', async () => {
      const bad = { ...(JSON.parse(validOrder().value) as object), customer_id: 'five' };
      await scenario.produce([{ key: 'line-0', value: JSON.stringify(bad) }, validOrder(8)]);
      await ingest();
      expect(await warehouse.rows(RAW_EVENTS_STREAM)).toHaveLength(1);
      expect(await redrive('--all')).toMatchObject({
        sent: 0,
        leftOut: { 'would-fail-again': { ids: [id(0)] } },
      });

      const mend = ['--field', 'customer_id', '--set', 'customer_id=7'];
      expect(await redrive(...mend)).toMatchObject({ sent: 1, chosen: 1 });
      expect(await redrive(...mend)).toMatchObject({ sent: 0, chosen: 0 });
      // Sent again on purpose: the service still stores it only once.
      expect(await redrive(...mend, '--status', 'redriven')).toMatchObject({ sent: 1 });
      await ingest();

      const stored = await warehouse.rows(RAW_EVENTS_STREAM);
      expect(stored.map(({ CUSTOMER_ID }) => CUSTOMER_ID).sort()).toEqual([7, 8]);
      expect(await warehouse.rows(INGESTION_CHECKPOINTS)).toMatchObject([
        { NEXT_OFFSET: 4, STORED: 2, DEAD_LETTERED: 1, SKIPPED: 1 },
      ]);
      expect(await answerOf(env, 'dead-letters', 'show', id(0))).toMatchObject({
        status: 'stored',
        storedAt: expect.stringMatching(/Z$/),
        storedAs: id(2),
      });
      expect(await redrive(id(0))).toMatchObject({ sent: 0, leftOut: { stored: { ids: [id(0)] } } });
      const { stdout } = await operator(env, 'dead-letters', 'list');
      expect(stdout).toContain('1 dead letter: 0 open, 0 redriven, 1 stored, 0 resolved');
    });
  });
}
