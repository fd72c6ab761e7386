import type { Kafka } from 'kafkajs';
import { FaultError, type CommittedPosition } from '#pipeline';
import { inOrder } from './dealing.js';
import { kafkaFault } from './kafka-fault.js';

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
    partitionAssigners: [inOrder],
    maxWaitTimeInMs: 100,
    retry: { retries: 2, restartOnFailure: async () => false },
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    // Resolves when the group is joined; kafkajs commits nothing before.
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    consumer.pause([{ topic }]);
    await consumer.commitOffsets(
      positions.map((position) => ({ ...position, offset: String(position.offset) })),
    );
  } catch (error) {
    throw new FaultError(kafkaFault(error, `committing the offsets of group ${groupId}`));
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}
