import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, groupOffsets, logEnds, runService, uniqueTopic } from '#testing';
import { DuckDbWarehouse } from '../chaos/duckdb-warehouse.js';
import { SnowflakeWarehouse } from '../chaos/snowflake-warehouse.js';
import type { Codec } from './clients.js';
import { fillTopic } from './fill.js';
import { judge } from './judge.js';
import { MemoryLimit } from './memory-limit.js';
import { ServiceWatch, type WatchFigures } from './watch.js';

export const HOSTILE_ENGINES = ['duckdb', 'snowflake'] as const;

export interface HostileOptions {
  engine: (typeof HOSTILE_ENGINES)[number];
  bootstrapServers: string;
  codecs: readonly Codec[];
  /** What the largest record is once it is decompressed. */
  bombMebibytes: number;
  /** What the process may take, as a pod's limit. */
  memoryMebibytes: number;
  /** Made anew for the run; the log of the service is left in it. */
  folder: string;
  tell: (line: string) => void;
}

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
const CATCH_UP_MS = 15 * 60_000;
const START_MS = 120_000;
/** As docker/entrypoint.sh, docker/Dockerfile and deploy/kubernetes set them. */
const AS_IN_THE_POD = {
  nodeArgs: ['--max-semi-space-size=16', '--heap-growing-percent=40', '--max-old-space-size=384'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
};

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
  const port = await freePort();
  const log = createWriteStream(join(folder, 'ingester.log'));
  const startedAt = performance.now();
  const service = runService(
    'dist/apps/ingester/src/main.js',
    {
      ...AS_IN_THE_POD.env,
      ...warehouse.env,
      KAFKA_BOOTSTRAP_SERVER: bootstrapServers,
      KAFKA_TOPIC_NAME: topic,
      KAFKA_GROUP_ID: topic,
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(port),
      LOG_FORMAT: 'json',
      BATCH_MAX_WAIT_MS: '500',
    },
    { nodeArgs: AS_IN_THE_POD.nodeArgs, onLine: (line) => log.write(`${line}\n`) },
  );
  const pid = service.pid ?? 0;
  const url = `http://127.0.0.1:${port}`;
  const watch = new ServiceWatch(url, pid);
  const problems: string[] = [];
  try {
    limit?.add(pid);
    await eventually(async () => (await fetch(`${url}/health`)).ok, {
      timeoutMs: START_MS,
      describe: 'the service is ready',
    });
    watch.start();
    const isOver = Promise.race([
      untilNoLag(bootstrapServers, topic),
      service.exited.then(({ code, signal }) => `The service ended (${code ?? signal ?? ''}).`),
    ]);
    const unfinished = await isOver;
    if (unfinished !== null) problems.push(unfinished, `Its last lines:\n${service.lastLines(5)}`);
    await watch.stop();
    const exit = await service.stop('SIGTERM');
    if (exit.code !== 0) problems.push(`SIGTERM ended the service with ${exit.code ?? exit.signal ?? ''}.`);
    const seconds = (performance.now() - startedAt) / 1000;
    tell('lag is 0; the tables are compared with the topic');
    const checkpoints = await warehouse.checkpoints();
    const tables = {
      events: warehouse.table('RAW_EVENTS_STREAM'),
      letters: warehouse.table('SALES_EVENTS_DLQ'),
      checkpoints,
    };
    problems.push(...watch.problems, ...(await judge(bootstrapServers, topic, sent, tables)));
    if (watch.figures.peakBytes > memoryMebibytes * MEBIBYTE)
      problems.push(`The service took ${Math.round(watch.figures.peakBytes / MEBIBYTE)} MiB of memory.`);
    return { problems, leftOut, records, seconds, watch: watch.figures };
  } finally {
    await watch.stop();
    await service.kill();
    log.end();
    limit?.remove();
    await warehouse.close();
    await rm(join(folder, 'values'), { recursive: true, force: true });
  }
}

/** @returns what is wrong where it does not come to that */
async function untilNoLag(bootstrapServers: string, topic: string): Promise<string | null> {
  try {
    await eventually(
      async () => {
        const ends = await logEnds(bootstrapServers, topic);
        const committed = await groupOffsets(bootstrapServers, topic, topic);
        return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) === end);
      },
      { timeoutMs: CATCH_UP_MS, describe: 'the group has no lag' },
    );
    return null;
  } catch (error) {
    return `There is lag after ${CATCH_UP_MS / 60_000} minutes: ${String(error)}`;
  }
}
