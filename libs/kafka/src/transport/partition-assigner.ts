import { PartitionAssigners, type Cluster, type PartitionAssigner } from 'kafkajs';

/**
 * Assigns partitions round-robin in the order of their numbers; kafkajs uses the arbitrary order in which the broker
 * lists them. Each of n members thus gets exactly one of the n lowest partitions, which determines its own table in the
 * warehouse. The protocol name is kafkajs's, so a group may have members with and without this assigner.
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
