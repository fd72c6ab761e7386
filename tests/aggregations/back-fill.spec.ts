import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, produce, readTopic, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';
import { AggregationsProcess } from './aggregations-process.js';
import { untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

const PARTITIONS = 4;

it('The aggregations count events once that are in the topic and in a copy of its older records', async () => {
  const topic = uniqueTopic('aggregated');
  const copy = `${topic}_again`;
  const history = new SalesHistory(BOOTSTRAP, topic);
  const folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
  for (const name of [topic, copy]) {
    await createTopic(BOOTSTRAP, name, { partitions: PARTITIONS, config: { 'retention.ms': '-1' } });
  }
  await history.trade(1_000, 1);
  const records = await readTopic(BOOTSTRAP, topic);
  await produce(
    BOOTSTRAP,
    copy,
    records.map(({ key, value, partition }) => ({ key, value, partition })),
  );
  await history.trade(1_000, 1);

  const sql = join(folder, 'sql');
  await cp(join(REPOSITORY_ROOT, 'aggregations'), sql, { recursive: true });
  const messages = join(sql, '01_messages.sql');
  const text = await readFile(messages, 'utf8');
  await writeFile(messages, text.replace("'topic' = '", `'topic' = '${copy};`));
  const aggregations = new AggregationsProcess({ bootstrap: BOOTSTRAP, topic, folder }, '--sql', sql);
  try {
    await aggregations.untilRunning();
    await untilRight(BOOTSTRAP, topic, history);
  } finally {
    await aggregations.kill();
    await rm(folder, { recursive: true, force: true });
  }
});
