import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTopic, eventually, freePort, groupOffsets, logEnds, runService, uniqueTopic } from '#testing';
import { DuckDbWarehouse } from '../chaos/duckdb-warehouse.js';
import { SnowflakeWarehouse } from '../chaos/snowflake-warehouse.js';
import { CLIENT_LIBRARIES, filesOf, runJava, sendStep, type Codec, type Destination } from './clients.js';
import {
  bombRecord,
  costlyRecords,
  goodRecord,
  jsonRecords,
  oddRecords,
  type HostileRecord,
} from './corpus.js';
import { judge, type SentPartition } from './judge.js';
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
/** Brokers take no request of 100 MiB or more. */
const MOST_UNCOMPRESSED_MEBIBYTES = 90;
/** 1 MB of `{"a":` in DuckDB, which keeps text. The endpoint builds the value, and so does Snowflake. */
const NESTING = { duckdb: 170_000, snowflake: 500 };
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
  const { sent, leftOut } = await fill(topic, options);
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

/** A partition for each client and codec, and one of interleaved transactions. */
async function fill(
  topic: string,
  { engine, bootstrapServers, codecs, bombMebibytes, folder, tell }: HostileOptions,
): Promise<{ sent: SentPartition[]; leftOut: string[] }> {
  const clients = CLIENT_LIBRARIES.filter(({ missing }) => missing === null);
  const leftOut = CLIENT_LIBRARIES.flatMap(({ missing }) => missing ?? []);
  const hasJava = clients.some(({ name }) => name === 'java');
  const partitions = clients.length * codecs.length + (hasJava ? 1 : 0);
  await createTopic(bootstrapServers, topic, {
    partitions,
    config: {
      'max.message.bytes': String(MOST_UNCOMPRESSED_MEBIBYTES * MEBIBYTE + MEBIBYTE),
      'message.timestamp.after.max.ms': '9223372036854775807',
    },
  });
  await createTopic(bootstrapServers, `${topic}_dlq`);

  const bombs = {
    plain: bombRecord(Math.min(bombMebibytes, MOST_UNCOMPRESSED_MEBIBYTES)),
    packed: bombRecord(bombMebibytes),
  };
  const sent: SentPartition[] = [];
  for (const client of clients) {
    for (const codec of codecs) {
      const hostile = [
        ...jsonRecords(),
        ...oddRecords(),
        ...costlyRecords(NESTING[engine]),
        bombs[codec === 'none' ? 'plain' : 'packed'],
      ].filter(client.takes);
      const records = betweenGoodOnes(hostile);
      const partition = sent.length;
      const by = `${client.name}, ${codec}`;
      tell(`partition ${partition}: ${records.length} records by ${by}`);
      const destination = { bootstrapServers, topic, partition, codec, folder: join(folder, 'values') };
      await client.send(destination, records);
      sent.push({ partition, by, records });
    }
  }
  if (hasJava)
    sent.push(await fillTransactions(topic, sent.length, bootstrapServers, join(folder, 'values')));
  return { sent, leftOut };
}

/** Three producers that interleave; what is aborted stands between what is committed. */
async function fillTransactions(
  topic: string,
  partition: number,
  bootstrapServers: string,
  folder: string,
): Promise<SentPartition> {
  const destination: Destination = { bootstrapServers, topic, partition, codec: 'zstd', folder };
  const records = Array.from({ length: 9 }, (_, index) => goodRecord(1_000_000 + index));
  const files = await filesOf(folder, records);
  const send = (producer: string, index: number) =>
    sendStep(producer, partition, records[index] ?? goodRecord(0), files[index] ?? null);
  await runJava(destination, [
    ...['begin\ta', 'begin\tb', 'begin\tc', send('a', 0), send('b', 1), 'abort\tb'],
    ...[send('a', 2), 'abort\ta', send('c', 3), 'begin\tb', send('b', 4), 'commit\tb'],
    ...[send('-', 5), 'begin\ta', send('a', 6), send('c', 7), 'commit\tc', 'abort\ta', send('-', 8)],
  ]);
  const committed = [3, 4, 5, 7, 8].flatMap((index) => records[index] ?? []);
  return { partition, by: 'java, transactions', records: committed };
}

function betweenGoodOnes(hostile: readonly HostileRecord[]): HostileRecord[] {
  return [...hostile.flatMap((record, index) => [goodRecord(index), record]), goodRecord(hostile.length)];
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
