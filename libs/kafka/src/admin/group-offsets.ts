import type { Consumer, Kafka } from 'kafkajs';
import type { CommittedPosition } from '#pipeline';
import { requestOver } from './command-requests.js';
import { roundRobinByNumber } from '../transport/partition-assigner.js';

/**
 * Commits offsets with their metadata for a group without members. Joins the group briefly, because kafkajs can commit
 * metadata only as a member.
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
  await requestOver(kafka, `committing the offsets of group ${groupId}`, consumer, () =>
    commit(consumer, topic, positions),
  );
}

async function commit(
  consumer: Consumer,
  topic: string,
  positions: readonly CommittedPosition[],
): Promise<void> {
  await consumer.subscribe({ topic });
  // Resolves once the group is joined; kafkajs cannot commit before.
  await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
  consumer.pause([{ topic }]);
  await consumer.commitOffsets(
    positions.map((position) => ({ ...position, offset: String(position.offset) })),
  );
}
