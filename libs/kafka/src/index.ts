export { BatchServerKafka, KafkaBatchContext } from './batch-server-kafka.js';
export { registerCodecs } from './codecs.js';
export { KafkaFetchedBatch } from './fetched-batch.js';
export { COMMAND_PATIENCE, consumerConfig, kafkaClient } from './kafka-client.js';
export { KafkaEventSource, type ConsumerStatus } from './kafka-event-source.js';
export { foreignMembers, memberIds } from './group-members.js';
export { isKafkaErrorType, kafkaFault } from './kafka-fault.js';
export { checkTopics } from './topic-checks.js';
export { readTopic, topicExtent, type TopicExtent } from './topic-reader.js';
