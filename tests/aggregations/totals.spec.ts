import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { closedHours, PATIENCE, untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

describe('The aggregations', () => {
  const topic = uniqueTopic('aggregated');
  const history = new SalesHistory(BOOTSTRAP, topic);
  let folder: string;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    await createTopic(BOOTSTRAP, topic, { partitions: 4 });
  });
  afterAll(async () => {
    await aggregations.kill();
    await rm(folder, { recursive: true, force: true });
  });

  function start(): AggregationsProcess {
    aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder });
    return aggregations;
  }

  it('count each valid event once, and nothing of an open or aborted transaction', async () => {
    await history.trade(3_000, 3);
    const abort = await history.beginTransaction(200);
    await start().untilRunning();
    await untilRight(BOOTSTRAP, topic, history);
    await abort();
  });

  it('count nothing twice and lose nothing when the TaskManager is killed, nor when the JobManager is', async () => {
    for (const jvm of ['TaskManagerRunner', 'StandaloneApplicationClusterEntryPoint'] as const) {
      await history.trade(1_500, 1.5);
      aggregations.killJvm(jvm);
      await history.trade(1_500, 1.5);
      await untilRight(BOOTSTRAP, topic, history);
    }
    expect(aggregations.output).toMatch(/2 restarts/);
  });

  it('write each closed hour once, without the partition that has no records', async () => {
    const ended = history.endedHours;
    const closed = await eventually(
      async () => {
        const found = await closedHours(BOOTSTRAP, topic);
        return found.length >= Object.keys(ended).length ? found : null;
      },
      { ...PATIENCE, describe: 'the ended hours are closed' },
    );
    expect(Object.fromEntries(closed ?? [])).toEqual(ended);
    expect(closed).toHaveLength(Object.keys(ended).length);
  });

  it('continue after a stop where they were, and add late events to running totals only', async () => {
    const closed = await closedHours(BOOTSTRAP, topic);
    expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
    expect(aggregations.output).toContain('Writing a savepoint');
    expect(aggregations.jvms()).toEqual([]);
    await history.tradeLate(500, 5);

    await start().untilRunning();
    expect(aggregations.output).toContain('from the kept state');
    await untilRight(BOOTSTRAP, topic, history);
    expect(await closedHours(BOOTSTRAP, topic)).toEqual(closed);
  });
});
