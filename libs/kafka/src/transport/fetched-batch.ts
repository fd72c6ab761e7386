import {
  nearestMs,
  toTimestamp,
  type FetchedBatch,
  type HeaderValue,
  type Message,
  type MessageHeaders,
  type RecordTime,
  type TopicPartition,
  type Undecodable,
} from '#pipeline';
import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import type { DecodedBatch } from '../kafkajs-2.2.4/deferred-decoding.js';
import { FetchedRecord, NO_HEADERS, REMOVED } from '../records/fetched-record.js';

/** A fetch of kafkajs as the pipeline takes it. Messages are converted one at a time, when they are asked for. */
export class KafkaFetchedBatch implements FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly fetchedOffset: number;
  readonly nextOffset: number;
  readonly first: RecordTime | null;
  readonly last: RecordTime | null;
  readonly highWatermark: number;
  readonly length: number;
  readonly bytes: number;
  readonly isCompact: boolean;
  readonly undecodable: Undecodable | null;
  /** Of its own: what is kept of a fetch must not keep all of it. */
  readonly #place: TopicPartition;
  /** What heartbeat() threw: Nest wraps errors of handlers, and kafkajs must see its own. */
  heartbeatError: unknown = null;

  constructor(private readonly payload: EachBatchPayload) {
    const { batch } = payload;
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.#place = { topic: batch.topic, partition: batch.partition };
    // In kafkajs since 1.0, but not in its types.
    this.fetchedOffset = Number((batch as typeof batch & { fetchedOffset: string }).fetchedOffset);
    this.undecodable = (batch as Partial<DecodedBatch>).undecodable ?? null;
    this.nextOffset = this.undecodable?.first ?? Number(batch.lastOffset()) + 1;
    const { messagesWithinOffset: records = [] } = batch as Partial<DecodedBatch>;
    this.first = timeOf(records[0]);
    const last = timeOf(records.at(-1));
    this.last = last?.offset === this.nextOffset - 1 ? last : null;
    this.highWatermark = Number(batch.highWatermark);
    this.length = batch.messages.length;
    const { bytes, memory } = sizesOf(batch.messages);
    this.bytes = bytes;
    this.isCompact = bytes >= memory * COMPACT_SHARE;
  }

  at(index: number): Message {
    const message = this.payload.batch.messages[index];
    if (message === undefined)
      throw new RangeError(`a fetch of ${this.length} messages has none at ${index}`);
    if (message instanceof FetchedRecord) return message.message(this.#place);
    return {
      topic: this.topic,
      partition: this.partition,
      offset: Number(message.offset),
      timestampMs: toTimestamp(message.timestamp),
      key: message.key,
      value: message.value,
      headers: headersOf(message.headers),
    };
  }

  async heartbeat(): Promise<void> {
    try {
      await this.payload.heartbeat();
    } catch (error) {
      this.heartbeatError = error;
      throw error;
    }
  }

  resolve(): void {
    this.payload.resolveOffset(String(this.nextOffset - 1));
  }
}

/** Null where there is no record, or one that only stands for another. */
function timeOf(record: FetchedRecord | KafkaMessage | undefined): RecordTime | null {
  if (record === undefined) return null;
  if (!(record instanceof FetchedRecord))
    return { offset: Number(record.offset), timestampMs: nearestMs(toTimestamp(record.timestamp)) };
  if (record.batchContext === REMOVED) return null;
  return { offset: record.position, timestampMs: nearestMs(record.timestampMs) };
}

/** A full fetch has a megabyte of each of ten partitions in one memory; those of one are kept or let go alike. */
const COMPACT_SHARE = 1 / 16;

/**
 * Of keys and values, and of the memory that they lie in: one small message of this partition may lie in a response
 * that is full of others'.
 */
function sizesOf(messages: readonly KafkaMessage[]): { bytes: number; memory: number } {
  let bytes = 0;
  let memory = 0;
  let last: ArrayBufferLike | null = null;
  for (const message of messages) {
    const { size, lies } = placeOf(message);
    bytes += size;
    if (lies === null || lies === last) continue;
    last = lies;
    memory += lies.byteLength;
  }
  return { bytes, memory };
}

/** The bytes of key and value, and the memory that the value lies in; null where there is no value. */
function placeOf(message: KafkaMessage): { size: number; lies: ArrayBufferLike | null } {
  if (message instanceof FetchedRecord) return message.place;
  const { key, value } = message;
  return { size: (value?.length ?? 0) + (key?.length ?? 0), lies: value?.buffer ?? null };
}

function headersOf(headers: IHeaders | undefined): MessageHeaders {
  if (headers === undefined || isEmpty(headers)) return NO_HEADERS;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(bytesOf) : bytesOf(value),
    ]),
  );
}

/** Most messages have no headers; a list of them for each message adds up. */
function isEmpty(headers: IHeaders): boolean {
  for (const name in headers) return false;
  return true;
}

function bytesOf(value: Buffer | string | null | undefined): HeaderValue {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null);
}
