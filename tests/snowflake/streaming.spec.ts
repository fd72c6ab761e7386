import { StreamingWarehouse } from '#testing/warehouse-contract';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import { operator } from '../operator/operator.js';
import { INPUT_CASES, validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const count = (outcome: string) => INPUT_CASES.filter(({ expected }) => expected === outcome).length;

describe('the service between a real broker and Snowpipe Streaming', () => {
  let scenario: Scenario;
  let warehouse: StreamingWarehouse;

  beforeAll(async () => {
    scenario = await Scenario.create('streaming', { partitions: 2 });
    warehouse = await StreamingWarehouse.startStreaming({ commitDelayMs: 300 });
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await warehouse.close();
  });

  const env = (ingest = 'streaming') => ({
    ...snowflakeEnv(warehouse.endpoint),
    SNOWFLAKE_AUTHENTICATOR: 'programmatic_access_token',
    SNOWFLAKE_TOKEN: 'token',
    SNOWFLAKE_INGEST: ingest,
  });
  const run = (...args: string[]) => operator({ ...scenario.env, ...env() }, ...args);
  const orders = (first: number, many: number) =>
    Array.from({ length: many }, (_, index) => ({ ...validOrder(first + index), partition: index % 2 }));
  const stored = async (table: typeof RAW_EVENTS_STREAM | typeof SALES_EVENTS_DLQ) => {
    const places = warehouse.endpoint.table(table.name).map(({ EVENT_METADATA: at }) => {
      const { partition, offset } = at as { partition: number; offset: number };
      return `${partition}@${offset}`;
    });
    return { rows: places.length, distinct: new Set(places).size };
  };

  it('settles every input once, through kill -9 while rows wait for their commit', async () => {
    await scenario.produce(
      INPUT_CASES.map(({ key, value, headers }) => ({ key: key ?? 'k', value, ...(headers && { headers }) })),
    );
    const killed = await scenario.startIngester(env());
    await scenario.untilSettled(killed);
    const pending = () =>
      warehouse.endpoint.streaming.channels.some(
        ({ table, pendingRows }) => table === RAW_EVENTS_STREAM.name && pendingRows > 0,
      );
    await scenario.produce(orders(0, 400));
    await killed.until('rows that wait for their commit', pending);
    await killed.kill();

    const next = await scenario.startIngester(env());
    await scenario.produce(orders(400, 100));
    await scenario.untilSettled(next);
    await next.until(
      '500 more rows',
      async () => (await stored(RAW_EVENTS_STREAM)).rows >= count('stored') + 500,
    );
    expect(await next.stop()).toBe(0);

    const events = count('stored') + 500;
    const letters = INPUT_CASES.length - count('stored') - count('skipped');
    expect(await stored(RAW_EVENTS_STREAM)).toEqual({ rows: events, distinct: events });
    expect(await stored(SALES_EVENTS_DLQ)).toEqual({ rows: letters, distinct: letters });
  });

  it('gives the operator the same commands', async () => {
    const verified = await run('verify', '--deep');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await run('checkpoints', 'list', '--json');
    expect((JSON.parse(stdout) as { partitions: unknown[] }).partitions).toMatchObject([
      { checkpoint: { heldIn: 'STREAMING_CHECKPOINTS' }, problems: [] },
      { checkpoint: { heldIn: 'STREAMING_CHECKPOINTS' }, problems: [] },
    ]);
  });

  it('moves to SQL and back, and stores what arrives in between once', async () => {
    const before = (await stored(RAW_EVENTS_STREAM)).rows;
    await scenario.produce(orders(500, 50));
    const refused = await operator({ ...scenario.env, ...env('sql') }, 'checkpoints', 'to-sql', '--yes');
    expect(refused).toMatchObject({ code: 1 });
    expect(await run('checkpoints', 'to-sql', '--yes')).toMatchObject({ code: 0, stderr: '' });
    for (const [engine, arrived] of [
      ['sql', 100],
      ['streaming', 150],
    ] as const) {
      const ingester = await scenario.startIngester(env(engine));
      await scenario.produce(orders(500 + arrived, 50));
      await ingester.until(engine, async () => (await stored(RAW_EVENTS_STREAM)).rows >= before + arrived);
      expect(await ingester.stop()).toBe(0);
    }
    expect(await stored(RAW_EVENTS_STREAM)).toEqual({ rows: before + 150, distinct: before + 150 });
    expect(await run('verify')).toMatchObject({ code: 0, stderr: '' });
  });
});
