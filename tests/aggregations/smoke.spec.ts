import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, eventually, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { LOW_STOCK_BELOW } from './expected-totals.js';
import { runningTotals } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

const PATIENCE = { timeoutMs: 600_000 };
/** The first run fetches the jars; this test does not, as they are four times those of Kafka. */
const itWithFlink = existsSync(join(REPOSITORY_ROOT, '.local/flink-2.2.1/libs')) ? it : it.skip;

describe('npm run aggregations', () => {
  itWithFlink('has the totals of all events, and leaves nothing running after SIGTERM', async () => {
    const topic = uniqueTopic('aggregated');
    const history = new SalesHistory(BOOTSTRAP, topic);
    const folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    await createTopic(BOOTSTRAP, topic, { partitions: 4 });
    await history.trade(500, 2);
    const env = { KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP, KAFKA_TOPIC_NAME: topic };
    const args = ['--folder', folder, '--checkpoint', '1', '--low-stock', String(LOW_STOCK_BELOW)];
    const aggregations = new AggregationsProcess(env, args);
    try {
      await aggregations.untilRunning();
      await eventually(
        async () => {
          expect(await runningTotals(BOOTSTRAP, topic)).toEqual(history.totals);
          return true;
        },
        { ...PATIENCE, describe: 'the topics have the expected totals' },
      );
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
