import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

it('npm run aggregations that is killed leaves no process behind, and the next run continues', async () => {
  const topic = uniqueTopic('aggregated');
  const history = new SalesHistory(BOOTSTRAP, topic);
  const folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
  await createTopic(BOOTSTRAP, topic, { partitions: 4 });
  await history.trade(1_000, 1);
  let aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder });
  try {
    await aggregations.untilRunning();
    await untilRight(BOOTSTRAP, topic, history);
    const jvms = aggregations.jvms();
    expect(jvms).toHaveLength(2);
    await history.trade(1_000, 1);
    await aggregations.kill();
    await eventually(() => Promise.resolve(jvms.every(({ pid }) => !existsSync(`/proc/${pid}`))), {
      describe: 'both processes of Flink have ended',
    });

    await history.trade(500, 1);
    aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder });
    await aggregations.untilRunning();
    expect(aggregations.output).toContain('from the kept state');
    await untilRight(BOOTSTRAP, topic, history);
  } finally {
    await aggregations.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
