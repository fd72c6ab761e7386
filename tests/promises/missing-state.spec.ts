import { copyFile, rm } from 'node:fs/promises';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const EVENTS = 20;
const orders = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(id), partition: 0 }));

describe('a service whose warehouse has lost state', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await Scenario.create('missing');
    await scenario.produce(orders(EVENTS));
  });
  afterEach(() => scenario.cleanUp());

  const removeWarehouse = async (...suffixes: string[]) => {
    for (const suffix of suffixes) await rm(scenario.duckdbPath + suffix, { force: true });
  };

  async function stored(count: number, env: Record<string, string> = {}): Promise<Ingester> {
    const ingester = await scenario.startIngester(env);
    await ingester.untilMetric('snowflake_events_inserted_total', count);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    return ingester;
  }

  /** Starts the service, which holds its partition, and returns what /health says. */
  async function held(env: Record<string, string> = {}): Promise<string> {
    const ingester = await scenario.launchIngester(env);
    await ingester.until('held', async () => (await ingester.metric('kafka_partitions_held')) === 1);
    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    expect(await ingester.metric('kafka_lag')).toBeGreaterThan(0);
    expect(await ingester.stop()).toBe(0);
    return body;
  }

  const offsets = async () =>
    (
      await scenario.query(
        `SELECT EVENT_METADATA->>'$.offset' AS O FROM RAW_EVENTS_STREAM ORDER BY CAST(O AS BIGINT)`,
      )
    ).map(({ O }) => Number(O));
  const upTo = (end: number, first = 0) => Array.from({ length: end - first }, (_, index) => first + index);

  it('holds its partitions if the file is missing, and reads everything again on request', async () => {
    await stored(EVENTS);
    await removeWarehouse('', '.wal');
    expect(await held()).toMatch(/NO_CHECKPOINT.*MISSING_CHECKPOINTS=from-start/);
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, EVENTS]]));
    await stored(EVENTS, { MISSING_CHECKPOINTS: 'from-start' });
    expect(await offsets()).toEqual(upTo(EVENTS));

    await scenario.produce(orders(1));
    await stored(1);
    expect(await offsets()).toEqual(upTo(EVENTS + 1));
  });

  it("holds its partitions if the file's write-ahead log is missing", async () => {
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', EVENTS);
    await ingester.until('the commit', async () => (await scenario.committedOffsets()).get(0) === EVENTS);
    await ingester.kill();
    await removeWarehouse('.wal');
    expect(await held()).toContain('NO_CHECKPOINT');
    await scenario.produce(orders(2));
    await stored(2, { MISSING_CHECKPOINTS: 'accept-gap' });
    expect(await offsets()).toEqual([EVENTS, EVENTS + 1]);
  });

  it('stores what came after a backup again, once, and reports it', async () => {
    await stored(EVENTS);
    await copyFile(scenario.duckdbPath, `${scenario.duckdbPath}.backup`);
    await scenario.produce(orders(EVENTS));
    await stored(EVENTS);
    await removeWarehouse('', '.wal');
    await copyFile(`${scenario.duckdbPath}.backup`, scenario.duckdbPath);
    const { output } = await stored(EVENTS);
    expect(output).toContain('the warehouse was set back');
    expect(await offsets()).toEqual(upTo(2 * EVENTS));
  });

  it('holds its partitions if the tables in Snowflake are new and empty', async () => {
    const [used, empty] = [await SnowflakeEndpoint.start(), await SnowflakeEndpoint.start()];
    try {
      for (const { url } of [used, empty]) await SnowflakeWarehouse.start({ accessUrl: url });
      await stored(EVENTS, snowflakeEnv(used));
      expect(await held(snowflakeEnv(empty))).toMatch(/NO_CHECKPOINT|has no checkpoint/);
      expect(empty.count('RAW_EVENTS_STREAM')).toBe(0);
      await stored(EVENTS, { ...snowflakeEnv(empty), MISSING_CHECKPOINTS: 'from-start' });
      expect(empty.count('RAW_EVENTS_STREAM')).toBe(EVENTS);
      // Alternates: what is settled in one warehouse is not in the other.
      await scenario.produce(orders(1));
      await stored(1, snowflakeEnv(empty));
      expect(await held(snowflakeEnv(used))).toContain('OTHER_WAREHOUSE');
    } finally {
      await Promise.all([used, empty].map((endpoint) => endpoint.close()));
    }
  });

  it('commits the start position, so that tools know the lag of a partition without events', async () => {
    const idle = await Scenario.create('idle', { partitions: 2 });
    try {
      const ingester = await idle.startIngester();
      await ingester.until('both', async () => (await idle.committedOffsets()).size === 2);
      expect(await idle.committedOffsets()).toEqual(
        new Map([
          [0, 0],
          [1, 0],
        ]),
      );
      expect(await ingester.stop()).toBe(0);
    } finally {
      await idle.cleanUp();
    }
  });

  it('continues where the operator sets the missing checkpoint, as the message says', async () => {
    await stored(EVENTS);
    await removeWarehouse('', '.wal');
    await scenario.produce(orders(3));
    const [, way = ''] = /`operator (checkpoints set [^`]+)`/.exec(await held()) ?? [];
    expect(way).toBe('checkpoints set --partition 0 --to earliest --yes');
    for (const [to, first] of [
      ['earliest', 0],
      ['committed', 0],
      [String(EVENTS), EVENTS],
    ] as const) {
      const answer = await operator(environmentOf(scenario), ...way.replace('earliest', to).split(' '));
      expect(answer).toMatchObject({ code: 0, stderr: '' });
      expect(await scenario.committedOffsets()).toEqual(new Map([[0, first]]));
    }
    await stored(3);
    expect(await offsets()).toEqual(upTo(EVENTS + 3, EVENTS));
  });
});
