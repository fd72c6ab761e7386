/** The client class, which is also its injection token. Import it from here. */
export { Kafka } from 'kafkajs';
export {
  withinCommandTimeout,
  commandFault,
  withAdminClient,
  withTopicLogs,
} from './admin/command-requests.js';
export { BatchServerKafka, KafkaBatchContext } from './transport/batch-server-kafka.js';
export { registerCodecs } from './kafkajs-2.2.4/codecs.js';
export { installPatches } from './kafkajs-2.2.4/install.js';
export { KafkaFetchedBatch } from './transport/fetched-batch.js';
export { brokersAt, COMMAND_RETRY_POLICY, consumerConfig, kafkaClient } from './transport/kafka-client.js';
export type { ConsumerStatus } from './transport/group-membership.js';
export { KafkaEventSource } from './transport/kafka-event-source.js';
export { commitForGroup } from './admin/group-offsets.js';
export { otherClientIds, groupClientIds } from './admin/group-members.js';
export { isKafkaErrorType, kafkaFault } from './transport/kafka-fault.js';
export { NothingSent, sendToPartition } from './transport/send-to-partition.js';
export { checkTopic, checkTopics } from './admin/topic-checks.js';
export { readTopic, topicExtent, type TopicExtent } from './admin/topic-reader.js';
export { TopicLogs, type PartitionBounds } from './admin/topic-logs.js';
