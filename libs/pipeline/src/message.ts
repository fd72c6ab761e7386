/** A topic and one of its partitions. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/**
 * Where a message stands. Offsets are numbers: a partition would have to carry a million messages a second
 * for 285 years to leave the safe integers.
 */
export interface Coordinates extends TopicPartition {
  offset: number;
}

/** A header without a value has null, which differs from an empty one. */
export type HeaderValue = Buffer | null;

/** Headers as Kafka carries them: a name may come more than once. */
export type MessageHeaders = Record<string, HeaderValue | HeaderValue[]>;

/** The headers that this service adds to dead letters and redriven messages begin with it. */
export const OUR_HEADER_PREFIX = 'dlq.';

/** A Kafka record. `value` is null for a tombstone. */
export interface Message extends Coordinates {
  /** Milliseconds since 1970, by the producer's or the broker's clock as the topic is set up. */
  timestampMs: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: MessageHeaders;
  /** How many headers the record has beyond those that are kept in `headers`. */
  headersOmitted?: number;
}

/** The key of a partition in maps: `sales_events-3`, as Kafka's own tools write it. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Where a message stands, as logs and errors write it: `sales_events-3@1042`. */
export function coordinatesText({ topic, partition, offset }: Coordinates): string {
  return `${topic}-${partition}@${offset}`;
}

/** What a Date can hold. */
const MOST_MS = 8.64e15;

/** The time of a message as logs and errors write it. Producers may send any number. */
export function timeText(ms: number): string {
  return Math.abs(ms) <= MOST_MS ? new Date(ms).toISOString() : `${ms} ms`;
}
