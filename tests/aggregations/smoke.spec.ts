import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

/** The first run fetches the jars; this test does not, as they are four times those of Kafka. */
const itWithFlink = existsSync(join(REPOSITORY_ROOT, '.local/flink-2.2.1/libs')) ? it : it.skip;

describe('npm run aggregations', () => {
  itWithFlink('has the totals of all events, and leaves nothing running after SIGTERM', async () => {
    const topic = uniqueTopic('aggregated');
    const history = new SalesHistory(BOOTSTRAP, topic);
    const folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    await createTopic(BOOTSTRAP, topic, { partitions: 4 });
    await history.trade(500, 2);
    const aggregations = new AggregationsProcess(
      { bootstrap: BOOTSTRAP, topic, folder },
      '--checkpoint',
      '1',
    );
    try {
      await aggregations.untilRunning();
      await untilRight(BOOTSTRAP, topic, history);
      const jvms = aggregations.jvms();
      expect(jvms).toHaveLength(2);
      expect(await aggregations.stop()).toEqual({ code: 0, signal: null });
      expect(jvms.filter(({ pid }) => existsSync(`/proc/${pid}`))).toEqual([]);
    } finally {
      await aggregations.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
