import { MODULES, require } from '../modules.js';

/** A transaction that its producer has not ended yet. */
export interface OpenTransaction {
  producerId: string;
  firstOffset: number;
  /** The time of the newest record of its producer. */
  lastWriteMs: number;
}

/** The part of kafkajs's `Broker` that is used. */
export interface Broker {
  versions: Record<number, unknown>;
  connectionPool: { send<Answer>(request: ProtocolRequest<Answer>): Promise<Answer> };
}

interface ProtocolRequest<Answer> {
  request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<Encoder> };
  response: { decode: (bytes: Buffer) => Promise<Answer>; parse: (answer: Answer) => Promise<Answer> };
}

interface Encoder {
  writeInt32(value: number): Encoder;
  writeUVarIntString(text: string): Encoder;
  writeUVarIntArray(items: Encoder[]): Encoder;
  /** Without an argument it writes an empty list of tagged fields. */
  writeUVarIntBytes(): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readUVarIntString(): string | null;
  readUVarIntArray<Item>(read: (decoder: Decoder) => Item): Item[] | null;
  readTaggedFields(): unknown;
}

/** kafkajs does not implement this request. https://kafka.apache.org/protocol#The_Messages_DescribeProducers */
const API_KEY = 61;
const NO_TRANSACTION = -1;

/** Returns the open transactions of a partition that this broker leads, by first offset. */
export async function describeProducers(
  broker: Broker,
  topic: string,
  partition: number,
): Promise<OpenTransaction[]> {
  if (broker.versions[API_KEY] === undefined) return [];
  const open = await broker.connectionPool.send({
    request: {
      apiKey: API_KEY,
      apiVersion: 0,
      apiName: 'DescribeProducers',
      encode: async () => encode(topic, partition),
    },
    response: {
      decode: async (bytes) => decode(decoderOf(bytes)),
      parse: async (answer) => answer,
    },
  });
  return open
    .filter(({ firstOffset }) => firstOffset !== NO_TRANSACTION)
    .sort((one, other) => one.firstOffset - other.firstOffset);
}

/** Begins with the header's tagged fields, which kafkajs does not write. */
function encode(topic: string, partition: number): Encoder {
  const entry = newEncoder()
    .writeUVarIntString(topic)
    .writeUVarIntArray([newEncoder().writeInt32(partition)])
    .writeUVarIntBytes();
  return newEncoder().writeUVarIntBytes().writeUVarIntArray([entry]).writeUVarIntBytes();
}

function newEncoder(): Encoder {
  const EncoderClass = require(MODULES.encoder) as new () => Encoder;
  return new EncoderClass();
}

function decoderOf(bytes: Buffer): Decoder {
  const DecoderClass = require(MODULES.decoder) as new (bytes: Buffer) => Decoder;
  return new DecoderClass(bytes);
}

/** Ignores error codes: a partition with an error lists no producers. */
function decode(decoder: Decoder): OpenTransaction[] {
  decoder.readTaggedFields();
  decoder.readInt32();
  const topics = decoder.readUVarIntArray((topic) => {
    topic.readUVarIntString();
    const partitions = topic.readUVarIntArray(decodePartition);
    topic.readTaggedFields();
    return partitions ?? [];
  });
  return topics?.flat(2) ?? [];
}

function decodePartition(decoder: Decoder): OpenTransaction[] {
  decoder.readInt32();
  decoder.readInt16();
  decoder.readUVarIntString();
  const producers = decoder.readUVarIntArray(decodeProducer);
  decoder.readTaggedFields();
  return producers ?? [];
}

function decodeProducer(decoder: Decoder): OpenTransaction {
  const producerId = decoder.readInt64().toString();
  // Producer epoch and last sequence number.
  decoder.readInt32();
  decoder.readInt32();
  const lastWriteMs = Number(decoder.readInt64().toString());
  // Coordinator epoch.
  decoder.readInt32();
  const firstOffset = Number(decoder.readInt64().toString());
  decoder.readTaggedFields();
  return { producerId, firstOffset, lastWriteMs };
}
