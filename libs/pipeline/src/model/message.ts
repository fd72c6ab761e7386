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

/**
 * Milliseconds since 1970; a bigint where a number would lose digits. Producers may send any integer of 64 bits: micro-
 * and nanoseconds are common mistakes.
 */
export type Timestamp = number | bigint;

/** The longest key that the tables take whole: four times of what brokers let in by default. */
export const MAX_KEY_BYTES = 4 * 1024 * 1024;

/** What is known of a record that is too large to be held: of its key, value and headers only the first bytes are here. */
export interface Oversize {
  recordBytes: number;
  keyBytes: number;
  /** Of all of the key, in hexadecimal. */
  keySha256: string;
  valueBytes: number;
  /** Of all of the value. */
  sha256: string;
}

/** A Kafka record. `value` is null for a tombstone. */
export interface Message extends Coordinates {
  /** By the producer's or the broker's clock as the topic is set up. */
  timestampMs: Timestamp;
  key: Buffer | null;
  value: Buffer | null;
  headers: MessageHeaders;
  /** How many headers the record has beyond those that are kept in `headers`. */
  headersOmitted?: number;
  /** Null or absent where all of the record is here. */
  oversize?: Oversize | null;
}

/** The key of a partition in maps: `sales_events-3`, as Kafka's own tools write it. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}

/** Where a message stands, as logs and errors write it: `sales_events-3@1042`. */
export function coordinatesText({ topic, partition, offset }: Coordinates): string {
  return `${topic}-${partition}@${offset}`;
}

/** @param integer an integer, or the digits of one; whatever else somebody wrote into a table is no error */
export function toTimestamp(integer: bigint | number | string): Timestamp {
  const number = Number(integer);
  if (Number.isSafeInteger(number)) return number;
  return /^-?\d+$/.test(String(integer)) ? BigInt(integer) : number;
}

/** The nearest number that is exact, for columns and comparisons that need no more. */
export function nearestMs(timestamp: Timestamp): number {
  if (typeof timestamp === 'number') return timestamp;
  return timestamp < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
}

/** As JSON keeps every digit of it, whoever reads it: text where a number would lose some. */
export function timestampJson(timestamp: Timestamp): number | string {
  return typeof timestamp === 'number' ? timestamp : String(timestamp);
}

/** The end of the year 9999, the last that warehouses and people have a name for. */
const END_OF_TIME_MS = 253_402_300_800_000;

/** Whether a timestamp can be a time: -1 stands for none, and microseconds are some 50,000 years ahead. */
export function isTime(ms: Timestamp): ms is number {
  return ms >= 0 && ms < END_OF_TIME_MS;
}

/** The time of a message as logs and errors write it. */
export function timeText(ms: Timestamp): string {
  return isTime(ms) ? new Date(ms).toISOString() : `${ms} ms`;
}
