import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, produce, readTopic, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { orderAt } from './contract-cases.js';
import { PATIENCE } from './result-topics.js';

const SPAN_S = 15;
const BOTTLES = 2;
const ORDER = orderAt('2026-11-23T05:17:56Z');

describe('The ids of the aggregations', () => {
  const topic = uniqueTopic('remembered');
  let folder: string;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    await createTopic(BOOTSTRAP, topic);
  });
  afterEach(async () => {
    await aggregations.kill();
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): AggregationsProcess {
    aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder }, ...args);
    return aggregations;
  }

  async function total(): Promise<unknown> {
    const last = (await readTopic(BOOTSTRAP, `${topic}_revenue_by_hour`)).at(-1);
    if (last === undefined) return null;
    const { orders, bottles } = JSON.parse(String(last.value)) as Record<string, number>;
    return { orders, bottles };
  }

  it('are remembered for as many days as --remember says', async () => {
    await start('--print', '--remember', '3').exited;
    expect(aggregations.output).toContain("SET 'table.exec.state.ttl' = '3 d'");
  });

  it('are forgotten after that span, but no sooner, and totals are not', async () => {
    const sql = join(folder, 'sql');
    await cp(join(REPOSITORY_ROOT, 'aggregations'), sql, { recursive: true });
    const settings = join(sql, '00_settings.sql');
    const text = await readFile(settings, 'utf8');
    await writeFile(settings, text.replace('${DEDUPLICATION_SPAN}', `${SPAN_S} s`));
    await start('--sql', sql).untilRunning();
    const sentAt = performance.now();
    const seen = new Map<string, unknown>();
    await eventually(
      async () => {
        await produce(BOOTSTRAP, topic, [{ value: ORDER }]);
        const now = await total();
        if (now !== null) seen.set(JSON.stringify(now), now);
        return seen.size === 2;
      },
      { ...PATIENCE, describe: 'a copy counts' },
    );
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(SPAN_S * 1_000);
    expect([...seen.values()]).toEqual([
      { orders: 1, bottles: BOTTLES },
      { orders: 2, bottles: 2 * BOTTLES },
    ]);
  });
});
