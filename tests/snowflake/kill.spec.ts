import { SnowflakeEndpoint, type FaultRule } from '#snowflake-endpoint';
import { planSchema } from '#warehouse';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';
import { CHECKPOINTS, type Form } from './faults.js';

const PARTITIONS = 3;
const ORDERS = 6_000;
const TARGET = { database: 'CAVES_ALBERT', schema: 'RAW_DATA' };

/** Where the service is killed: after a statement has reached Snowflake, which never responds. */
const boundaries = (form: Form): [string, Pick<FaultRule, 'on' | 'occurrence' | 'point'>][] => [
  ['before the staging', { on: 'stage', point: 'before' }],
  ['before the insert of events', { on: 'insert RAW_EVENTS_STREAM', point: 'before' }],
  ['before the insert of dead letters', { on: 'insert SALES_EVENTS_DLQ', point: 'before' }],
  ['before taking the lock', { ...CHECKPOINTS[form].takeLock, point: 'before' }],
  ['before the compare-and-set', { ...CHECKPOINTS[form].advance, point: 'before' }],
  ['before the commit', { on: 'commit', point: 'before' }],
  ['after the commit', { on: 'commit', point: 'after' }],
];

describe.each(['standard', 'hybrid'] as const)(
  'promise 1 on Snowflake (%s tables): every message ends exactly once',
  (form) => {
    let scenario: Scenario;
    let endpoint: SnowflakeEndpoint;

    beforeAll(async () => {
      scenario = await Scenario.create('snowflake', { partitions: PARTITIONS });
      // How long the transaction of a killed service keeps its lock: five minutes in Snowflake.
      endpoint = await SnowflakeEndpoint.start({ idleAbortMs: 1_000 });
      const empty = { standard: [], hasHybrid: false, columns: new Map() };
      for (const { sql } of planSchema({ ...TARGET, checkpoints: form }, empty)) await endpoint.run(sql);
      // Slow enough that a service is killed long before it has read everything.
      endpoint.holdMs = 20;
    });

    afterAll(async () => {
      await scenario.cleanUp();
      expect(endpoint.journal.unknown).toEqual([]);
      await endpoint.close();
    });

    const launch = () =>
      scenario.launchIngester({
        ...snowflakeEnv(endpoint),
        SNOWFLAKE_DATABASE: TARGET.database,
        SNOWFLAKE_SCHEMA: TARGET.schema,
        BATCH_MIN_EVENTS: '10',
        BATCH_MAX_EVENTS: '100',
      });

    const places = (table: string) =>
      endpoint.table(table).map((row) => {
        const { partition, offset } = row['EVENT_METADATA'] as { partition: number; offset: number };
        return `${partition}@${offset}`;
      });

    /** Silence at this statement of the next transaction. */
    async function atNextBatch(boundary: Pick<FaultRule, 'on' | 'occurrence' | 'point'>) {
      await endpoint.addFault({ on: 'commit', kind: 'delay', ms: 0 }).happened;
      return endpoint.addFault({ ...boundary, kind: 'silence' });
    }

    it('through kill -9 at every statement of the transaction', async () => {
      const messages = Array.from({ length: ORDERS }, (_, customerId) => validOrder(customerId)).flatMap(
        (order, index) => (index % 20 === 0 ? [order, { value: 'no json' }] : [order]),
      );
      await scenario.produce(messages);

      for (const [, boundary] of boundaries(form)) {
        const victim = await launch();
        await victim.until(
          'some batches',
          async () => (await victim.metric('snowflake_events_inserted_total')) > 0,
        );
        const silence = await atNextBatch(boundary);
        await victim.until('the boundary', () => silence.struck > 0);
        await victim.kill();
        endpoint.faults.clear();
      }
      const last = await launch();
      await last.untilReady();
      await scenario.untilSettled(last);
      expect(await last.stop()).toBe(0);

      const stored = endpoint.table('RAW_EVENTS_STREAM');
      const ids = stored.map((row) => (row['EVENT_CONTENT'] as { customer_id: number }).customer_id);
      expect(ids.sort((one, other) => one - other)).toEqual(Array.from({ length: ORDERS }, (_, id) => id));
      const all = [...places('RAW_EVENTS_STREAM'), ...places('SALES_EVENTS_DLQ')];
      expect(new Set(all).size).toBe(all.length);
      expect(all).toHaveLength(messages.length);

      const settled = endpoint
        .table(CHECKPOINTS[form].table)
        .filter((row) => row['CONSUMER_GROUP'] === scenario.group)
        .map((row) => Number(row['NEXT_OFFSET']) - Number(row['FIRST_OFFSET']));
      expect(settled.reduce((sum, count) => sum + count, 0)).toBe(messages.length);
      // Transactions of killed services stay open for hours while they block nobody; their locks do not.
      expect(endpoint.locks).toEqual([]);
    });
  },
);
