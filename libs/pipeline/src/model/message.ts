/** A topic and one of its partitions. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/**
 * The position of a message in Kafka. Offsets are numbers: a partition would exceed the safe integers only after 285
 * years with a million messages per second.
 */
export interface Coordinates extends TopicPartition {
  offset: number;
}

/** Null for a header without a value, which differs from an empty value. */
export type HeaderValue = Buffer | null;

/** A header name may occur more than once. */
export type MessageHeaders = Record<string, HeaderValue | HeaderValue[]>;

/** The prefix of the headers that this service adds to dead letters and redriven messages. */
export const OUR_HEADER_PREFIX = 'dlq.';

/**
 * Milliseconds since 1970; a bigint if a number would lose digits. Producers can send any 64-bit integer: microseconds
 * and nanoseconds are common mistakes.
 */
export type Timestamp = number | bigint;

/** The longest key that the tables store: four times the size of the largest batch that brokers accept by default. */
export const MAX_KEY_BYTES = 4 * 1024 * 1024;

/**
 * What is known about a record that is too large for memory: only the first bytes of key, value and headers are kept.
 */
export interface Oversize {
  recordBytes: number;
  keyBytes: number;
  /** The hash of the complete key, in hexadecimal. */
  keySha256: string;
  valueBytes: number;
  /** The hash of the complete value, in hexadecimal. */
  sha256: string;
}

export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** A Kafka record. `value` is null for a tombstone. */
export interface Message extends Coordinates {
  /** By the producer's or the broker's clock, depending on the topic's configuration. */
  timestampMs: Timestamp;
  /** Whose clock that is: the producer's, which is the default, or the broker's. */
  timestampType?: TimestampType;
  key: Buffer | null;
  value: Buffer | null;
  headers: MessageHeaders;
  /** The number of headers of the record that are not in `headers`. */
  headersOmitted?: number;
  /** Null or absent if the record is complete. */
  oversize?: Oversize | null;
}

/** The key of a partition in maps: `sales_events-3`, the notation of Kafka's own tools. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** The coordinates of a message in logs and errors: `sales_events-3@1042`. */
export function coordinatesText({ topic, partition, offset }: Coordinates): string {
  return `${topic}-${partition}@${offset}`;
}

/** Parses what {@link coordinatesText} returns; null for any other text. */
export function parseCoordinates(text: string): Coordinates | null {
  const [, topic, partition, offset] = /^(.+)-(\d{1,10})@(\d{1,15})$/.exec(text) ?? [];
  return topic === undefined ? null : { topic, partition: Number(partition), offset: Number(offset) };
}

/** @param integer an integer or its digits; other text, which a table may contain, does not throw */
export function toTimestamp(integer: bigint | number | string): Timestamp {
  const number = Number(integer);
  if (Number.isSafeInteger(number)) return number;
  return /^-?\d+$/.test(String(integer)) ? BigInt(integer) : number;
}

/** The nearest safe integer, for columns and comparisons that need no more. */
export function nearestMs(timestamp: Timestamp): number {
  if (typeof timestamp === 'number') return timestamp;
  return timestamp < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
}

/** The timestamp in JSON: a string if readers would lose digits of a number. */
export function timestampJson(timestamp: Timestamp): number | string {
  return typeof timestamp === 'number' ? timestamp : String(timestamp);
}

/** The end of the year 9999, the last one that warehouses support. */
const END_OF_TIME_MS = 253_402_300_800_000;

/** Whether a timestamp is plausible: -1 means none, and microseconds would be about 50,000 years ahead. */
export function isTime(ms: Timestamp): ms is number {
  return ms >= 0 && ms < END_OF_TIME_MS;
}

/** The time of a message in logs and errors. */
export function timeText(ms: Timestamp): string {
  return isTime(ms) ? new Date(ms).toISOString() : `${ms} ms`;
}
