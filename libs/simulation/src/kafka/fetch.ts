import { theWorld } from '../time/world.js';
import type { Cluster } from './cluster.js';
import type { Reply } from './group-requests.js';
import { brokerError, decodeMessages, errors } from './kafkajs-inside.js';
import type { ReadResult } from './partition-log.js';

export interface FetchRequest {
  maxWaitTime: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

interface FetchedPartition extends ReadResult {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  preferredReadReplica: number;
}

export interface FetchResponse {
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}

/** How often a broker checks for new records. */
const LOOK_MS = 40;

/** Replies when there are records, or after the client's maximum wait: https://kafka.apache.org/protocol#The_Messages_Fetch */
export function fetchFrom(cluster: Cluster, node: number, request: FetchRequest, reply: Reply): void {
  const world = theWorld();
  const deadline = world.now + request.maxWaitTime;
  look();

  function look(): void {
    const responses: FetchResponse['responses'] = [];
    let isAnything = false;
    for (const { topic, partitions } of request.topics) {
      const found: FetchedPartition[] = [];
      for (const { partition, fetchOffset, maxBytes } of partitions) {
        const log = cluster.log(topic, partition);
        const offset = Number(fetchOffset);
        if (log === undefined) {
          reply(brokerError('UNKNOWN_TOPIC_OR_PARTITION'));
          return;
        }
        if (log.leader !== node) {
          reply(brokerError('NOT_LEADER_FOR_PARTITION'));
          return;
        }
        if (offset < log.low || offset > log.end) {
          world.tell(`fetch of ${topic}-${partition}@${offset}: out of [${log.low}, ${log.end})`);
          reply(new errors.KafkaJSOffsetOutOfRange(brokerError('OFFSET_OUT_OF_RANGE'), { topic, partition }));
          return;
        }
        const read = log.read(offset, maxBytes);
        if (read.bytes.length > 0) isAnything = true;
        found.push({
          partition,
          errorCode: 0,
          highWatermark: String(log.end),
          lastStableOffset: String(log.stableEnd),
          preferredReadReplica: -1,
          ...read,
        });
      }
      responses.push({ topicName: topic, partitions: found });
    }
    if (isAnything || world.now >= deadline) reply(null, { responses });
    else world.after(Math.min(LOOK_MS, deadline - world.now), look, null);
  }
}

/** Decodes a response as the client does, with its own decoder for the records. */
export async function decodeResponse({ responses }: FetchResponse): Promise<object> {
  const decoded: object[] = [];
  for (const { topicName, partitions } of responses) {
    const read: object[] = [];
    for (const { bytes, ...partition } of partitions)
      read.push({ ...partition, messages: await decodeMessages(bytes) });
    decoded.push({ topicName, partitions: read });
  }
  return { responses: decoded };
}
