import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, freePort, uniqueTopic } from '#testing';
import {
  isOfFlink,
  panelExpressions,
  panelQueries,
  ruleExpressions,
  type Expression,
} from '../monitoring/expressions.js';
import { Prometheus } from '../monitoring/servers.js';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { hasPostgres, PostgresServer } from './postgres-server.js';
import { PATIENCE, revenueEntry, tableRows, untilTablesAreRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

/** Five minutes of the rules are half a minute here. */
const FACTOR = 10;
const HOURS = 4.5;

(hasPostgres ? describe : describe.skip)('The aggregations in PostgreSQL', () => {
  const topic = uniqueTopic('aggregated');
  const history = new SalesHistory(BOOTSTRAP, topic, Date.now() - HOURS * 3_600_000);
  let folder: string;
  let postgres: PostgresServer;
  let aggregations: AggregationsProcess;
  let metricsPort: number;

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
    metricsPort = await freePort();
    await start('--metrics-port', String(metricsPort)).untilRunning();
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

  it('give every panel of the dashboard rows', () => {
    // Whether a product is low depends on what was traded.
    postgres.execute('owner', 'INSERT INTO sales_now.low_stock VALUES (-1, 0, 1, -1)');
    const empty = panelQueries(HOURS).filter(
      ({ expression }) => postgres.query('sales_now_reader', expression).length === 0,
    );
    postgres.execute('owner', 'DELETE FROM sales_now.low_stock WHERE product_id = -1');
    expect(empty).toEqual([]);
    expect(panelQueries(HOURS).length).toBeGreaterThan(8);
  });

  it('give every panel and rule about Flink a value', async () => {
    const targets = [metricsPort, metricsPort + 1].map((port) => `127.0.0.1:${port}`);
    const prometheus = await Prometheus.start(
      folder,
      { jobs: { aggregations: targets } },
      { factor: FACTOR },
    );
    try {
      const all = [...panelExpressions('6s'), ...ruleExpressions(FACTOR)].filter(isOfFlink);
      expect(all.length).toBeGreaterThan(12);
      await eventually(
        async () => {
          const without: Expression[] = [];
          for (const each of all) {
            if ((await prometheus.query(each.expression)).length === 0) without.push(each);
          }
          expect(without).toEqual([]);
          return true;
        },
        { timeoutMs: 120_000, describe: 'every expression has a value' },
      );
    } finally {
      await prometheus.stop();
    }
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
