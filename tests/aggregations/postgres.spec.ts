import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { hasPostgres, PostgresServer } from './postgres-server.js';
import { PATIENCE, revenueEntry, tableRows, untilTablesAreRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

(hasPostgres ? describe : describe.skip)('The aggregations in PostgreSQL', () => {
  const topic = uniqueTopic('aggregated');
  const history = new SalesHistory(BOOTSTRAP, topic);
  let folder: string;
  let postgres: PostgresServer;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    postgres = await PostgresServer.start();
    await createTopic(BOOTSTRAP, topic, { partitions: 4 });
  });
  afterAll(async () => {
    await aggregations.kill();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): AggregationsProcess {
    const env = {
      POSTGRES_URL: postgres.url('sales_now_writer'),
      PGPASSFILE: postgres.passwordFile,
      // Hours are those of UTC, wherever it runs.
      TZ: 'Europe/Paris',
    };
    aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder, env }, ...args);
    return aggregations;
  }

  it('are right when a TaskManager is killed while events arrive', async () => {
    await history.trade(1_500, 1.5);
    await start().untilRunning();
    await history.trade(1_500, 1.5);
    aggregations.killJvm('TaskManagerRunner');
    await history.trade(1_500, 1.5);
    await untilTablesAreRight(postgres, history);
    expect(aggregations.output).toMatch(/1 restart/);
  });

  it('have each closed hour', async () => {
    const ended = history.endedHours;
    await eventually(
      async () => {
        const closed = tableRows(postgres, 'closed_hours').map(revenueEntry);
        expect(Object.fromEntries(closed)).toEqual(ended);
        return true;
      },
      { ...PATIENCE, describe: 'the ended hours are closed' },
    );
  });

  it('are written by a role that may do nothing else, and read by one that may not write', () => {
    const refused = /permission denied/;
    const writer = (sql: string) => () => {
      postgres.execute('sales_now_writer', sql);
    };
    expect(writer('CREATE TABLE sales_now.mine ()')).toThrow(refused);
    expect(writer('CREATE TABLE public.mine ()')).toThrow(refused);
    expect(writer('CREATE SCHEMA mine')).toThrow(refused);
    expect(writer('DELETE FROM sales_now.revenue_by_hour')).toThrow(refused);
    expect(writer('TRUNCATE sales_now.low_stock')).toThrow(refused);
    expect(writer('DROP TABLE sales_now.net_stock')).toThrow(/must be owner/);
    expect(() => {
      postgres.execute('sales_now_reader', 'BEGIN READ WRITE; DELETE FROM sales_now.low_stock');
    }).toThrow(refused);
  });

  it('need no topics: without them, the answers are in the tables alone', async () => {
    expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
    postgres.execute('owner', 'TRUNCATE sales_now.revenue_by_hour, sales_now.orders_by_minute');
    await start('--answers', 'postgres', '--from-start').untilRunning();
    await untilTablesAreRight(postgres, history);
  });

  it('say what to do when the database refuses them', async () => {
    expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
    postgres.execute('owner', 'ALTER ROLE sales_now_writer NOLOGIN');
    const { code } = await start('--answers', 'postgres').exited;
    expect(aggregations.output).toContain('PostgreSQL refuses the results');
    expect(aggregations.output).toContain('not permitted to log in');
    expect(code).toBe(1);
  });
});
