import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, KafkaBroker, readTopic, REPOSITORY_ROOT } from '#testing';
import { AggregationsProcess } from './aggregations-process.js';
import { untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

const TOPIC = 'sales_events';

describe('The aggregations', () => {
  let folder: string;
  let broker: KafkaBroker;
  let history: SalesHistory;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    broker = await KafkaBroker.start({ dataDir: join(folder, 'kafka') });
    await createTopic(broker.bootstrapServer, TOPIC, { partitions: 4 });
    history = new SalesHistory(broker.bootstrapServer, TOPIC);
  });
  afterAll(async () => {
    await aggregations.kill();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): AggregationsProcess {
    const { bootstrapServer: bootstrap } = broker;
    aggregations = new AggregationsProcess({ bootstrap, topic: TOPIC, folder }, ...args);
    return aggregations;
  }

  it('count nothing twice and lose nothing when the broker is killed and started again', async () => {
    await history.trade(1_000, 1);
    await start().untilRunning();
    await history.trade(1_000, 1);
    await broker.kill();
    await broker.restart();
    await history.trade(1_000, 1);
    await untilRight(broker.bootstrapServer, TOPIC, history);
  });

  it('continue with changed SQL where they were stopped, if it computes from the same totals', async () => {
    expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
    const sql = join(folder, 'changed');
    await cp(join(REPOSITORY_ROOT, 'aggregations'), sql, { recursive: true });
    await replaceIn(
      join(sql, '04_revenue_by_hour.sql'),
      'AS unpriced_orders\n',
      'AS unpriced_orders,\n  SUM(bottles) * 100 / SUM(orders) AS bottles_per_100_orders\n',
    );
    await replaceIn(
      join(sql, 'topics/04_revenue_by_hour.sql'),
      'unpriced_orders BIGINT,',
      'unpriced_orders BIGINT,\n  bottles_per_100_orders BIGINT,',
    );
    await history.trade(500, 1);

    await start('--sql', sql, '--remember', '8', '--idle-timeout', '90', '--checkpoint', '1').untilRunning();
    expect(aggregations.output).toContain('from the kept state');
    await untilRight(broker.bootstrapServer, TOPIC, history);
    const [last] = (await readTopic(broker.bootstrapServer, `${TOPIC}_revenue_by_hour`)).slice(-1);
    const { orders, bottles, bottles_per_100_orders } = JSON.parse(String(last?.value)) as Record<
      string,
      number
    >;
    expect(bottles_per_100_orders).toBe(Math.floor(((bottles ?? 0) * 100) / (orders ?? 0)));
  });

  it('say what to do when changed SQL does not fit the kept state', async () => {
    expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
    const sql = join(folder, 'regrouped');
    await cp(join(REPOSITORY_ROOT, 'aggregations'), sql, { recursive: true });
    await rm(join(sql, 'topics/05_closed_hours.sql'));
    const { code } = await start('--sql', sql).exited;
    expect(aggregations.output).toContain('--from-start');
    expect(code).toBe(1);
  });
});

async function replaceIn(file: string, text: string, replacement: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(text, replacement));
}
