import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { INPUT_CASES, validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const count = (outcome: string) => INPUT_CASES.filter(({ expected }) => expected === outcome).length;

describe('the service between a real broker and a Snowflake endpoint', () => {
  let scenario: Scenario;
  let endpoint: SnowflakeEndpoint;
  const start = (): Promise<Ingester> => scenario.startIngester(snowflakeEnv(endpoint));

  beforeAll(async () => {
    scenario = await Scenario.create('snowflake');
    endpoint = await SnowflakeEndpoint.start();
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    await scenario.produce(
      INPUT_CASES.map(({ key, value, headers }) => ({ key: key ?? 'k', value, ...(headers && { headers }) })),
    );
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await endpoint.close();
  });

  it('settles every kind of input once, in one transaction per batch, and drains', async () => {
    const ingester = await start();
    await scenario.untilSettled(ingester);
    await ingester.untilMetric('snowflake_events_inserted_total', count('stored'));
    expect(await ingester.stop()).toBe(0);

    expect(endpoint.table('RAW_EVENTS_STREAM')).toHaveLength(count('stored'));
    const letters = INPUT_CASES.length - count('stored') - count('skipped');
    expect(endpoint.table('SALES_EVENTS_DLQ')).toHaveLength(letters);
    expect(endpoint.table('INGESTION_CHECKPOINTS')).toContainEqual(
      expect.objectContaining({
        CONSUMER_GROUP: scenario.group,
        NEXT_OFFSET: INPUT_CASES.length,
        STORED: count('stored'),
        DEAD_LETTERED: letters,
        SKIPPED: count('skipped'),
      }),
    );
    expect(endpoint.journal.unknown).toEqual([]);
    expect(endpoint.openTransactions).toEqual([]);
    // Passwords, which Snowflake is phasing out for services, cause a warning; no log line contains it.
    expect(ingester.output).toContain('⚠️');
    expect(ingester.output).not.toContain('"secret"');
  });

  it('continues at its checkpoints, and does not store again what a commit without a response had stored', async () => {
    const before = endpoint.table('RAW_EVENTS_STREAM').length;
    const ingester = await start();
    endpoint.addFault({ on: 'commit', point: 'after', kind: 'reset' });
    await scenario.produce(Array.from({ length: 500 }, (_, id) => validOrder(id)));
    await scenario.untilSettled(ingester);
    await ingester.until('all events', () => endpoint.table('RAW_EVENTS_STREAM').length === before + 500);
    expect(await ingester.stop()).toBe(0);
    const ids = endpoint
      .table('RAW_EVENTS_STREAM')
      .map(({ EVENT_METADATA }) => JSON.stringify(EVENT_METADATA));
    expect(new Set(ids).size).toBe(before + 500);
  });
});
