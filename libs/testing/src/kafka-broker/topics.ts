import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners, type Admin, type IHeaders } from 'kafkajs';
import { installPatches, TopicLogs } from '#kafka';
import type { Message, MessageHeaders } from '#pipeline';
import { eventually } from '../eventually.js';

/** A message to produce. Without a partition, its key chooses one. */
export interface NewMessage {
  key?: Buffer | string | null;
  value: Buffer | string | null;
  partition?: number;
  /** Values may be null, although kafkajs's types do not allow it. */
  headers?: Record<string, IHeaders[string] | MessageHeaders[string]>;
}

/** Keeps requests below a broker's default limit of 1 MiB, unless a single message is larger. */
const REQUEST_BYTES = 512 * 1024;
const REQUEST_MESSAGES = 5_000;

export function uniqueTopic(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** Creates a topic and waits until its partitions have leaders. Returns false if it already existed. */
export async function createTopic(
  bootstrapServer: string,
  topic: string,
  { partitions = 1, config = {} }: { partitions?: number; config?: Readonly<Record<string, string>> } = {},
): Promise<boolean> {
  return withAdmin(bootstrapServer, async (admin) => {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const isNew = await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor: -1, configEntries }],
      waitForLeaders: false,
    });
    await eventually(
      async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics[0]?.partitions.every(({ leader }) => leader >= 0);
      },
      { describe: `topic ${topic} has its leaders` },
    );
    return isNew;
  });
}

/** Produces in the order given, acknowledged by all replicas. */
export async function produce(
  bootstrapServer: string,
  topic: string,
  messages: readonly NewMessage[],
): Promise<void> {
  const producer = client(bootstrapServer).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    // A request is resent if its response is late, and must not be stored twice.
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    for (const request of requests(messages)) {
      await producer.send({
        topic,
        acks: -1,
        messages: request.map(({ key = null, headers = {}, ...message }) => ({
          key,
          headers: headers as IHeaders,
          ...message,
        })),
      });
    }
  } finally {
    await producer.disconnect();
  }
}

/** For each partition, the offset that the next message will have. */
export async function logEnds(bootstrapServer: string, topic: string): Promise<Map<number, number>> {
  const logs = new TopicLogs(client(bootstrapServer));
  await logs.admin.connect();
  try {
    return new Map((await logs.bounds(topic)).map(({ partition, high }) => [partition, high]));
  } finally {
    await logs.admin.disconnect();
  }
}

/** For each partition, the first offset that Kafka still holds. */
export async function logStarts(bootstrapServer: string, topic: string): Promise<Map<number, number>> {
  return withAdmin(bootstrapServer, async (admin) => {
    const partitions = await admin.fetchTopicOffsets(topic);
    return new Map(partitions.map(({ partition, low }) => [partition, Number(low)]));
  });
}

/** The offsets that a group has committed; partitions without one are left out. */
export async function groupOffsets(
  bootstrapServer: string,
  groupId: string,
  topic: string,
): Promise<Map<number, number>> {
  return withAdmin(bootstrapServer, async (admin) => {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = (offsets?.partitions ?? []).filter(({ offset }) => offset !== '-1');
    return new Map(committed.map(({ partition, offset }) => [partition, Number(offset)]));
  });
}

/** Reads the current content of a topic, ordered by partition and offset. */
export async function readTopic(bootstrapServer: string, topic: string): Promise<Message[]> {
  const waitingFor = await unreadEnds(bootstrapServer, topic);
  const messages: Message[] = [];
  if (waitingFor.size === 0) return messages;
  const groupId = `read-${randomUUID()}`;
  const consumer = client(bootstrapServer).consumer({ groupId, maxWaitTimeInMs: 100 });
  const { promise: isRead, resolve: done, reject } = Promise.withResolvers<undefined>();
  // Also fires for fetches with only control or compacted records, which never reach eachBatch.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    if (Number(lastOffset) + 1 >= (waitingFor.get(partition) ?? Infinity)) waitingFor.delete(partition);
    if (waitingFor.size === 0) done(undefined);
  });
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    reject(error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages: batch } }) => {
        for (const { offset, timestamp, key, value, headers } of batch) {
          messages.push({
            topic,
            partition,
            offset: Number(offset),
            timestampMs: Number(timestamp),
            key,
            value,
            headers: (headers ?? {}) as MessageHeaders,
          });
        }
      },
    });
    await isRead;
  } finally {
    await consumer.disconnect();
  }
  await withAdmin(bootstrapServer, (admin) => admin.deleteGroups([groupId]));
  return messages.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** The ends of partitions that hold messages. */
async function unreadEnds(bootstrapServer: string, topic: string): Promise<Map<number, number>> {
  return withAdmin(bootstrapServer, async (admin) => {
    const partitions = await admin.fetchTopicOffsets(topic);
    const filled = partitions.filter(({ high, low }) => high !== low);
    return new Map(filled.map(({ partition, high }) => [partition, Number(high)]));
  });
}

function* requests(messages: readonly NewMessage[]): Generator<NewMessage[]> {
  let request: NewMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value ?? '') + Buffer.byteLength(message.key ?? '');
    if (request.length === REQUEST_MESSAGES || (request.length > 0 && bytes + size > REQUEST_BYTES)) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(message);
    bytes += size;
  }
  if (request.length > 0) yield request;
}

async function withAdmin<T>(bootstrapServer: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client(bootstrapServer).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Patched like the service's client, so that it reads the same records. */
function client(bootstrapServer: string): Kafka {
  installPatches();
  return new Kafka({
    clientId: 'testing',
    brokers: bootstrapServer.split(','),
    logLevel: logLevel.NOTHING,
  });
}
