import type { Consumer, Kafka } from 'kafkajs';
import type { CommittedPosition } from '#pipeline';
import { withinCommandTimeout } from './command-requests.js';
import { roundRobinByNumber } from '../transport/partition-assigner.js';

/**
 * Commits offsets with their metadata for a group that has no members: Kafka takes them from a member only, so this
 * joins for a moment.
 *
 * @throws FaultError
 */
export async function commitForGroup(
  kafka: Kafka,
  groupId: string,
  topic: string,
  positions: readonly CommittedPosition[],
): Promise<void> {
  const consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobinByNumber],
    maxWaitTimeInMs: 100,
    retry: { retries: 2, restartOnFailure: async () => false },
  });
  let isCommitted = false;
  try {
    await withinCommandTimeout(
      kafka,
      `committing the offsets of group ${groupId}`,
      commit(consumer, topic, positions),
    );
    isCommitted = true;
  } finally {
    const ended = consumer.disconnect().catch(() => undefined);
    // What does not answer does not end a connection either.
    if (isCommitted) await ended;
  }
}

async function commit(
  consumer: Consumer,
  topic: string,
  positions: readonly CommittedPosition[],
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic });
  // Resolves when the group is joined; kafkajs commits nothing before.
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  consumer.pause([{ topic }]);
  await consumer.commitOffsets(
    positions.map((position) => ({ ...position, offset: String(position.offset) })),
  );
}
