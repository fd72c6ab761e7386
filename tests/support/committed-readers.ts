import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaClient } from '#kafka';
import { loadKafkaSettings } from '#settings';
import { kafkaDistribution, REPOSITORY_ROOT, uniqueTopic } from '#testing';
import { BOOTSTRAP } from './scenario.js';

/** The offsets that a committed read of partition 0 returns, for each start offset. */
export type CommittedReader = (topic: string, starts: readonly number[]) => Promise<number[][]>;

const run = promisify(execFile);
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** Fetches small enough that most start in the middle of transactions. */
const FETCH_BYTES = 1_000;

/** The service's own client. */
export const ours: CommittedReader = async (topic, starts) => {
  const { kafka: settings } = loadKafkaSettings({ KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP });
  const kafka = kafkaClient(settings, () => () => undefined);
  const admin = kafka.admin();
  await admin.connect();
  const [log] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const end = Number(log?.high);
  const consumer = kafka.consumer({
    groupId: uniqueTopic('reads'),
    maxBytesPerPartition: FETCH_BYTES,
    maxWaitTimeInMs: 50,
  });
  const found: number[][] = [];
  let current: number[] = [];
  const { promise: isRead, resolve, reject } = Promise.withResolvers<undefined>();
  const begin = () => {
    const start = starts[found.length];
    if (start === undefined) resolve(undefined);
    else consumer.seek({ topic, partition: 0, offset: String(start) });
  };
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { lastOffset } }) => {
    if (Number(lastOffset) + 1 < end || found.length === starts.length) return;
    found.push(current);
    current = [];
    begin();
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    reject(error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => {
        const { batch } = payload;
        if (!payload.isStale()) current.push(...batch.messages.map(({ offset }) => Number(offset)));
      },
    });
    begin();
    await isRead;
  } finally {
    await consumer.disconnect();
  }
  return found;
};

/** librdkafka, through kcat. */
export const librdkafka: CommittedReader = async (topic, starts) => {
  const found: number[][] = [];
  for (const start of starts) {
    const { stdout } = await run(
      'kcat',
      [
        ...['-C', '-e', '-q', '-b', BOOTSTRAP, '-t', topic, '-p', '0', '-o', String(start), '-f', '%o\n'],
        ...['-X', 'isolation.level=read_committed', '-X', `fetch.message.max.bytes=${FETCH_BYTES}`],
      ],
      { maxBuffer: OUTPUT_BYTES },
    );
    found.push(stdout.split('\n').filter(Boolean).map(Number));
  }
  return found;
};

/** Kafka's own client. */
export const java: CommittedReader = async (topic, starts) => {
  const { java: command, classPath } = await kafkaDistribution();
  const source = join(REPOSITORY_ROOT, 'tests/support/ReadCommitted.java');
  const args = ['-Dlog4j2.level=ERROR', '-XX:TieredStopAtLevel=1', '-cp', classPath, source];
  const { stdout } = await run(command, [...args, BOOTSTRAP, topic, starts.join(',')], {
    maxBuffer: OUTPUT_BYTES,
  });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').filter(Boolean).map(Number));
};
