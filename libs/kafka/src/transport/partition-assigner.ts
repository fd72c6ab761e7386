import { PartitionAssigners, type Cluster, type PartitionAssigner } from 'kafkajs';

/**
 * kafkajs deals partitions out one by one in the order in which the broker names them, which is any. Here it is that of
 * their numbers: of n members each has one of the n lowest partitions, by which owners come to tables of their own
 * in the warehouse. The name is the same, and one group may have members with and without this.
 */
export const roundRobinByNumber: PartitionAssigner = (config) => {
  const byNumber = (topic: string) =>
    config.cluster
      .findTopicPartitionMetadata(topic)
      .toSorted((one, other) => one.partitionId - other.partitionId);
  const cluster = Object.create(config.cluster, {
    findTopicPartitionMetadata: { value: byNumber },
  }) as Cluster;
  return PartitionAssigners.roundRobin({ ...config, cluster });
};
