import type { TopicPartition } from '#pipeline';

const OFFSET_DIGITS = 20;
const SUFFIX = '.ndjson.zst';
const KEY = /^(?<topic>[^/]+)\/partition=(?<partition>\d+)\/(?<offset>\d{20})\.ndjson\.zst$/;

/** The prefix of a partition's objects. */
export function partitionPrefix({ topic, partition }: TopicPartition): string {
  return `${topic}/partition=${partition}/`;
}

/**
 * The key of an object that begins at this offset: the one after the previous object's last offset, even if Kafka has no
 * record there. Two writers of the same offset therefore write the same key, and only one succeeds.
 */
export function objectKey(at: TopicPartition, firstOffset: number): string {
  return `${partitionPrefix(at)}${String(firstOffset).padStart(OFFSET_DIGITS, '0')}${SUFFIX}`;
}

/** Null if the key is not one of the lake's. */
export function partitionOf(key: string): TopicPartition | null {
  const { topic, partition } = KEY.exec(key)?.groups ?? {};
  return topic === undefined ? null : { topic, partition: Number(partition) };
}

/** Null if the key is not one of the lake's. */
export function firstOffsetOf(key: string): number | null {
  const offset = KEY.exec(key)?.groups?.['offset'];
  return offset === undefined ? null : Number(offset);
}
