import type { Kafka } from 'kafkajs';
import { askKafka } from '#kafka';

/** What Kafka says of a partition. */
export interface PartitionLog {
  partition: number;
  /** The first offset that is still there, and the one after the last. */
  start: number;
  end: number;
  /** Null where the group has committed none. */
  committed: number | null;
}

/**
 * The ends of the topic's logs and the group's committed offsets, by partition.
 *
 * @throws FaultError
 */
export async function topicLog(kafka: Kafka, groupId: string, topic: string): Promise<PartitionLog[]> {
  return askKafka(kafka, `looking at topic ${topic}`, async (admin) => {
    const [ends, [group]] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      admin.fetchOffsets({ groupId, topics: [topic] }),
    ]);
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends
      .map(({ partition, low, high }) => {
        const offset = committed.get(partition) ?? -1;
        return { partition, start: Number(low), end: Number(high), committed: offset < 0 ? null : offset };
      })
      .sort((one, other) => one.partition - other.partition);
  });
}
