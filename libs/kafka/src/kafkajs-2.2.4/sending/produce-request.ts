import { crc32c } from '@node-rs/crc32';
import { CompressionTypes } from 'kafkajs';
import { replaceModule } from '#patching';
import { MODULES, require } from '../modules.js';
import { RequestWriter, type Bytes } from './request-writer.js';

/** A produce request of kafkajs: the messages of each topic and partition become one record batch. */
export interface Produce {
  acks: number;
  /** How long the broker may wait for its replicas, in milliseconds. */
  timeout: number;
  transactionalId?: string | null | undefined;
  /** A 64-bit integer, in kafkajs's own class or as text; -1 if the producer is not idempotent. */
  producerId?: { toString(): string } | undefined;
  producerEpoch?: number | undefined;
  compression?: CompressionTypes | undefined;
  topicData: readonly {
    topic: string;
    partitions: readonly {
      partition: number;
      firstSequence?: number | undefined;
      messages: readonly MessageToWrite[];
    }[];
  }[];
}

export interface MessageToWrite {
  key?: Bytes | null | undefined;
  value: Bytes | null;
  /** Milliseconds since 1970. */
  timestamp?: string | undefined;
  headers?: Record<string, Bytes | null | (Bytes | null)[] | undefined> | undefined;
}

/** A request in kafkajs's format. */
export interface KafkajsRequest {
  apiKey: number;
  apiVersion: number;
  apiName: string;
  expectResponse: () => boolean;
  encode: () => Promise<{ buf: Buffer; buffer: Buffer }>;
}

type MakeRequest = (produce: Produce) => KafkajsRequest;

const MAGIC = 2;
const TRANSACTIONAL = 0x10;
/** The estimated size of a record without its value: mostly a dead letter's headers. */
const USUAL_RECORD_BYTES = 700;

/**
 * Replaces kafkajs's encoder of uncompressed Produce requests with {@link writeProduce}, which writes the same bytes.
 * kafkajs allocates 512 bytes per header, of which a dead letter has eleven, copies each record eight times, and
 * computes the checksum in JavaScript.
 */
export function patchProduceRequest(): void {
  const original = require(MODULES.produceRequest) as MakeRequest;
  replaceModule(require, MODULES.produceRequest, requestLike(original));
}

function requestLike(kafkajs: MakeRequest): MakeRequest {
  return (produce) => {
    const request = kafkajs(produce);
    const isCompressed = (produce.compression ?? CompressionTypes.None) !== CompressionTypes.None;
    if (isCompressed) return request;
    const encode = async () => {
      const buffer = writeProduce(produce);
      return { buf: buffer, buffer };
    };
    return { ...request, encode };
  };
}

/** Writes the body of a Produce request, versions 3 to 7: https://kafka.apache.org/protocol#The_Messages_Produce */
export function writeProduce(produce: Produce): Buffer {
  const writer = new RequestWriter(sizeOf(produce));
  writer.string(produce.transactionalId ?? null);
  writer.int16(produce.acks);
  writer.int32(produce.timeout);
  writer.int32(produce.topicData.length);
  for (const { topic, partitions } of produce.topicData) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, firstSequence = 0, messages } of partitions) {
      writer.int32(partition);
      const size = writer.later32();
      const start = writer.position;
      writeBatch(writer, produce, firstSequence, messages);
      writer.fill(size, writer.position - start);
    }
  }
  return writer.written(0);
}

/** Writes a batch of the message format v2: https://kafka.apache.org/documentation/#recordbatch */
function writeBatch(
  writer: RequestWriter,
  { transactionalId, producerId = -1, producerEpoch = 0 }: Produce,
  firstSequence: number,
  messages: readonly MessageToWrite[],
): void {
  const now = BigInt(Date.now());
  // BigInt because numbers would round times beyond 53 bits.
  const given = messages.flatMap(({ timestamp }) => (timestamp === undefined ? [] : [BigInt(timestamp)]));
  const first = given.reduce((least, each) => (each < least ? each : least), given[0] ?? now);
  const last = given.reduce((most, each) => (each > most ? each : most), given[0] ?? now);

  // The broker assigns the base offset and the leader epoch.
  writer.int64(0n);
  const length = writer.later32();
  const afterLength = writer.position;
  writer.int32(0);
  writer.int8(MAGIC);
  const checksum = writer.later32();
  const checked = writer.position;
  writer.int16(transactionalId ? TRANSACTIONAL : 0);
  writer.int32(messages.length - 1);
  writer.int64(first);
  writer.int64(last);
  writer.int64(BigInt(producerId.toString()));
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  for (const [index, message] of messages.entries()) {
    const { timestamp } = message;
    writeRecord(writer, message, index, Number((timestamp === undefined ? now : BigInt(timestamp)) - first));
  }
  // The checksum is unsigned, but fill() writes a signed integer.
  writer.fill(checksum, crc32c(writer.written(checked)) | 0);
  writer.fill(length, writer.position - afterLength);
}

/** https://kafka.apache.org/documentation/#record */
function writeRecord(
  writer: RequestWriter,
  { key, value, headers = {} }: MessageToWrite,
  offsetDelta: number,
  timestampDelta: number,
): void {
  const body = writer.begin();
  // The attributes, which are unused.
  writer.int8(0);
  writer.varint(timestampDelta);
  writer.varint(offsetDelta);
  writer.value(key);
  writer.value(value);
  writer.varint(headerCount(headers));
  for (const name in headers) {
    const given = headers[name];
    for (const each of Array.isArray(given) ? given : [given]) {
      writer.text(name);
      writer.value(each);
    }
  }
  writer.end(body);
}

/** Counts values: a name may have several. */
function headerCount(headers: NonNullable<MessageToWrite['headers']>): number {
  let count = 0;
  for (const name in headers) {
    const given = headers[name];
    count += Array.isArray(given) ? given.length : 1;
  }
  return count;
}

/** Estimates the size of the request. */
function sizeOf({ topicData }: Produce): number {
  let bytes = 0;
  for (const { partitions } of topicData) {
    for (const { messages } of partitions) {
      for (const { value } of messages) bytes += USUAL_RECORD_BYTES + (value?.length ?? 0);
    }
  }
  return bytes;
}
