import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runService, uniqueTopic } from '#testing';
import { DuckDbWarehouse } from '../warehouses/duckdb-warehouse.js';
import { SnowflakeWarehouse } from '../warehouses/snowflake-warehouse.js';
import { fillTopic } from './fill.js';
import { reconcile } from './reconciliation.js';
import { MemoryLimit } from './memory-limit.js';
import { livePod } from './pod.js';
import type { HostileOptions } from './options.js';
import { addFigures, NOTHING_SEEN, type WatchFigures } from './watch.js';

export interface HostileResult {
  /** What is not as promised, a sentence each. */
  problems: string[];
  /** What could not be tried on this machine, a sentence each. */
  leftOut: string[];
  records: number;
  seconds: number;
  watch: WatchFigures;
}

const MEBIBYTE = 1024 * 1024;
/** Each ends where partitions are held: one for every poison message of a partition, and the last. */
const MOST_LIVES = 4;

/**
 * Fills a topic with everything that may stop or fool a consumer, between good events, by every client library and
 * codec, and lets the built service read it under a pod's memory limit.
 */
export async function runHostile(options: HostileOptions): Promise<HostileResult> {
  const { engine, bootstrapServers, folder, memoryMebibytes, tell } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const topic = uniqueTopic('hostile');
  const { sent, leftOut } = await fillTopic(topic, options);
  const records = sent.reduce((sum, partition) => sum + partition.records.length, 0);
  tell(`${records} records in ${sent.length} partitions`);

  const warehouse =
    engine === 'duckdb' ? new DuckDbWarehouse(folder) : await SnowflakeWarehouse.start('reevaluate');
  const limit = MemoryLimit.create(topic, memoryMebibytes * MEBIBYTE);
  if (limit === null)
    leftOut.push('the memory limit: no control group can be made here; the peak is compared');
  const env = {
    ...warehouse.env,
    KAFKA_BOOTSTRAP_SERVER: bootstrapServers,
    KAFKA_TOPIC_NAME: topic,
    KAFKA_GROUP_ID: topic,
    LOG_FORMAT: 'json',
    BATCH_MAX_WAIT_MS: '500',
  };
  const log = createWriteStream(join(folder, 'ingester.log'));
  const startedAt = performance.now();
  const figures = { ...NOTHING_SEEN };
  const problems: string[] = [];
  try {
    for (let lives = 1; ; lives += 1) {
      const life = await livePod({ bootstrapServers, topic, env, limit, log });
      addFigures(figures, life.watch.figures);
      problems.push(...life.problems);
      if (life.waysOut.length === 0 || lives === MOST_LIVES) break;
      for (const command of life.waysOut) {
        tell(`operator ${command.join(' ')}`);
        problems.push(...(await operate(command, env)));
      }
    }
    const seconds = (performance.now() - startedAt) / 1000;
    tell('the tables are compared with the topic');
    const tables = {
      events: warehouse.table('RAW_EVENTS_STREAM'),
      letters: warehouse.table('SALES_EVENTS_DLQ'),
      checkpoints: await warehouse.checkpoints(),
    };
    problems.push(...(await reconcile(bootstrapServers, topic, sent, tables)));
    if (figures.peakBytes > memoryMebibytes * MEBIBYTE)
      problems.push(`The service took ${Math.round(figures.peakBytes / MEBIBYTE)} MiB of memory.`);
    return { problems, leftOut, records, seconds, watch: figures };
  } finally {
    log.end();
    limit?.remove();
    await warehouse.close();
    await rm(join(folder, 'values'), { recursive: true, force: true });
  }
}

async function operate(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string[]> {
  const operator = runService('dist/apps/operator/src/main.js', env, { args });
  const { code } = await operator.exited;
  return code === 0 ? [] : [`operator ${args.join(' ')} ended with ${code ?? ''}: ${operator.lastLines(5)}`];
}
