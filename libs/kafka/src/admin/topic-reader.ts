import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { FaultError, type Message } from '#pipeline';
import type { KafkaSettings } from '#settings';
import { withTopicLogs } from './command-requests.js';
import { COMMAND_RETRY_POLICY, consumerConfig } from '../transport/kafka-client.js';
import { TopicScan, readFault, withRemedy, type ReadOptions, type TopicExtent } from './topic-scan.js';

export type { TopicExtent } from './topic-scan.js';

/** The time limit for leaving the group, and for deleting it. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Returns the offsets that can be read now, and the number of offsets that wait for an open transaction to end.
 *
 * @param sinceMs leaves out what precedes each partition's first record with this timestamp or a later one
 * @throws FaultError if the topic is missing, or no broker responds
 */
export async function topicExtent(
  kafka: Kafka,
  topic: string,
  sinceMs?: number,
): Promise<{ extent: TopicExtent; waiting: number }> {
  try {
    return await withTopicLogs(kafka, `reading topic ${topic}`, async (logs) => {
      const since =
        sinceMs === undefined ? null : await logs.admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
      // Read last: a partition without such a record is said to begin at its end, which may have grown since.
      const bounds = await logs.bounds(topic);
      const starts = new Map(since?.map(({ partition, offset }) => [partition, Number(offset)]));
      return {
        extent: new Map(
          bounds.map(({ partition, low, stable }) => {
            const start = Math.min(Math.max(low, starts.get(partition) ?? low), stable);
            return [partition, { start, end: stable }];
          }),
        ),
        waiting: bounds.reduce((sum, { stable, high }) => sum + high - stable, 0),
      };
    });
  } catch (error) {
    throw error instanceof FaultError ? new FaultError(withRemedy(error.fault)) : error;
  }
}

/**
 * Yields the messages of this extent in arrays, ordered within each partition. Fetches only as fast as the caller
 * consumes, and commits nothing. kafkajs reads only in a group: this one is new for each call and deleted afterwards.
 * Its name begins with that of the service's group, so that a prefixed ACL covers both.
 *
 * @throws FaultError
 */
export async function* readTopic(
  kafka: Kafka,
  settings: KafkaSettings,
  topic: string,
  extent: TopicExtent,
  options: ReadOptions = {},
): AsyncGenerator<Message[]> {
  const scan = new TopicScan(topic, extent, options);
  if (scan.isDone) return;
  const groupId = `${settings.groupId}-read-${randomUUID()}`;
  const retry = { ...COMMAND_RETRY_POLICY.retry, restartOnFailure: async () => false };
  const consumer = kafka.consumer({ ...consumerConfig(settings), groupId, retry });
  try {
    scan.follow(consumer);
    // Not awaited: its errors surface through the messages below.
    void start(consumer, scan, settings.heartbeatIntervalMs);
    for await (const messages of scan.messages) yield messages as Message[];
  } finally {
    scan.messages.destroy();
    // With a broker that no longer responds, disconnecting would hang.
    await Promise.race([
      consumer.disconnect().catch(() => undefined),
      delay(CLOSE_TIMEOUT_MS, undefined, { ref: false }),
    ]);
    await forget(kafka, groupId);
  }
}

async function start(consumer: Consumer, scan: TopicScan, heartbeatMs: number): Promise<void> {
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: scan.topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => scan.take(payload, heartbeatMs),
    });
  } catch (error) {
    scan.fail(readFault(error, scan.topic));
  }
}

/** Deletes the group. Brokers delete an empty group without offsets themselves, but later. */
async function forget(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  const forgotten = admin
    .connect()
    .then(() => admin.deleteGroups([groupId]))
    .then(() => admin.disconnect());
  await Promise.race([
    forgotten.catch(() => admin.disconnect()),
    delay(CLOSE_TIMEOUT_MS, undefined, { ref: false }),
  ]).catch(() => undefined);
}
