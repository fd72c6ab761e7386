import type { Cluster } from './cluster.js';
import type { Reply } from './group-requests.js';
import { brokerError } from './kafkajs-inside.js';
import type { NewRecord } from './record-batch.js';

export interface ListOffsetsRequest {
  topics: { topic: string; partitions: { partition: number; timestamp: number | string }[] }[];
}

export interface ProduceRequest {
  topicData: { topic: string; partitions: { partition: number; messages: NewRecord[] }[] }[];
}

const EARLIEST = -2;

export function topicMetadata(cluster: Cluster, topics: string[], reply: Reply): void {
  const missing = topics.find((topic) => !cluster.topics.has(topic));
  if (missing !== undefined) {
    reply(brokerError('UNKNOWN_TOPIC_OR_PARTITION'));
    return;
  }
  reply(null, {
    controllerId: 1,
    clusterId: 'simulated',
    brokers: [...cluster.up].sort().map((nodeId) => ({ nodeId, host: `b${nodeId}`, port: 9092, rack: null })),
    topicMetadata: topics.map((topic) => ({
      topicErrorCode: 0,
      topic,
      isInternal: false,
      partitionMetadata: (cluster.topics.get(topic) ?? []).map(({ number, leader }) => ({
        partitionErrorCode: 0,
        partitionId: number,
        leader,
        replicas: [],
        isr: [],
        offlineReplicas: [],
      })),
    })),
  });
}

export function listOffsets(
  cluster: Cluster,
  node: number,
  { topics }: ListOffsetsRequest,
  reply: Reply,
): void {
  const responses: object[] = [];
  for (const { topic, partitions } of topics) {
    const found: object[] = [];
    for (const { partition, timestamp } of partitions) {
      const log = cluster.log(topic, partition);
      if (log?.leader !== node) {
        reply(brokerError(log === undefined ? 'UNKNOWN_TOPIC_OR_PARTITION' : 'NOT_LEADER_FOR_PARTITION'));
        return;
      }
      // kafkajs's admin client reads committed records only.
      const offset = Number(timestamp) === EARLIEST ? log.low : log.stableEnd;
      found.push({ partition, offset: String(offset) });
    }
    responses.push({ topic, partitions: found });
  }
  reply(null, { responses });
}

export function produce(cluster: Cluster, node: number, { topicData }: ProduceRequest, reply: Reply): void {
  const { produceFault } = cluster;
  if (produceFault === 'refuse') {
    reply(brokerError('NOT_ENOUGH_REPLICAS'));
    return;
  }
  const topics: object[] = [];
  for (const { topic, partitions } of topicData) {
    const taken: object[] = [];
    for (const { partition, messages } of partitions) {
      const log = cluster.log(topic, partition);
      if (log?.leader !== node) {
        reply(brokerError('NOT_LEADER_FOR_PARTITION'));
        return;
      }
      taken.push({ partition, errorCode: 0, offset: String(log.append(messages)) });
    }
    topics.push({ topicName: topic, partitions: taken });
  }
  if (produceFault === 'unsure') reply(brokerError('NOT_ENOUGH_REPLICAS_AFTER_APPEND'));
  else reply(null, { topics });
}
