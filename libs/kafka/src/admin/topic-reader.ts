import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { FaultError, type Message } from '#pipeline';
import type { KafkaSettings } from '#settings';
import { withTopicLogs } from './command-requests.js';
import { COMMAND_RETRY_POLICY, consumerConfig } from '../transport/kafka-client.js';
import { TopicScan, readFault, withRemedy, type ReadOptions, type TopicExtent } from './topic-scan.js';

export type { TopicExtent } from './topic-scan.js';

/** How long leaving the group takes at most. */
const LONGEST_END_MS = 5_000;

/**
 * What can be read of a topic now, and how many offsets wait behind an open transaction.
 *
 * @throws FaultError where the topic is missing, or no broker answers
 */
export async function topicExtent(
  kafka: Kafka,
  topic: string,
): Promise<{ extent: TopicExtent; waiting: number }> {
  try {
    return await withTopicLogs(kafka, `reading topic ${topic}`, async (logs) => {
      const bounds = await logs.bounds(topic);
      return {
        extent: new Map(bounds.map(({ partition, low, stable }) => [partition, { start: low, end: stable }])),
        waiting: bounds.reduce((sum, { stable, high }) => sum + high - stable, 0),
      };
    });
  } catch (error) {
    throw error instanceof FaultError ? new FaultError(withRemedy(error.fault)) : error;
  }
}

/**
 * The messages of this extent, in their order by partition, some at a time: only so many are fetched as are taken.
 * Commits nothing. kafkajs reads in a group only: this one is new each time, is named after the service's, so that what
 * allows that one by a prefix allows this one too, and is deleted again.
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
    // What fails here fails the messages below.
    void start(consumer, scan, settings.heartbeatIntervalMs);
    for await (const messages of scan.messages) yield messages as Message[];
  } finally {
    scan.messages.destroy();
    // A broker that no longer answers does not let go of a member either.
    await Promise.race([
      consumer.disconnect().catch(() => undefined),
      delay(LONGEST_END_MS, undefined, { ref: false }),
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

/** Brokers forget an empty group without offsets themselves, only later. */
async function forget(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  const forgotten = admin
    .connect()
    .then(() => admin.deleteGroups([groupId]))
    .then(() => admin.disconnect());
  // What fails here the broker does itself, in its own time.
  await Promise.race([
    forgotten.catch(() => admin.disconnect()),
    delay(LONGEST_END_MS, undefined, { ref: false }),
  ]).catch(() => undefined);
}
