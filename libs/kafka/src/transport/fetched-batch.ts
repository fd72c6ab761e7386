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
import type { DecodedBatch } from '../kafkajs-2.2.4/reading/deferred-decoding.js';
import { FetchedRecord, NO_HEADERS, REMOVED } from '../records/fetched-record.js';

/** Adapts a kafkajs fetch to the pipeline's port. Converts each message on access. */
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
  /** A separate object, so that a kept message does not keep the whole fetch. */
  readonly #place: TopicPartition;
  /** The error that heartbeat() threw. Nest wraps errors of handlers, but kafkajs needs the original. */
  heartbeatError: unknown = null;

  constructor(private readonly payload: EachBatchPayload) {
    const { batch } = payload;
    this.topic = batch.topic;
    this.partition = batch.partition;
    this.#place = { topic: batch.topic, partition: batch.partition };
    // kafkajs has had it since 1.0, but its types omit it.
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
      timestampType: (message.attributes & IS_LOG_APPEND_TIME) !== 0 ? 'LogAppendTime' : 'CreateTime',
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

/** Null if there is no record, or only a placeholder. */
function timeOf(record: FetchedRecord | KafkaMessage | undefined): RecordTime | null {
  if (record === undefined) return null;
  if (!(record instanceof FetchedRecord))
    return { offset: Number(record.offset), timestampMs: nearestMs(toTimestamp(record.timestamp)) };
  if (record.batchContext === REMOVED) return null;
  return { offset: record.position, timestampMs: nearestMs(record.timestampMs) };
}

/** In the attributes of a message in the formats before v2. */
const IS_LOG_APPEND_TIME = 0x08;

/** In a full fetch, ten partitions share one buffer with a megabyte each: a tenth is still compact. */
const COMPACT_SHARE = 1 / 16;

/**
 * Returns the size of keys and values, and of the buffers that contain them: one small message of this partition may
 * lie in a response full of other partitions' messages.
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

/** The size of key and value in bytes, and the buffer that contains the value; null if there is no value. */
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

/** Without Object.keys, whose array per message adds up: most messages have no headers. */
function isEmpty(headers: IHeaders): boolean {
  for (const name in headers) return false;
  return true;
}

function bytesOf(value: Buffer | string | null | undefined): HeaderValue {
  return typeof value === 'string' ? Buffer.from(value) : (value ?? null);
}
