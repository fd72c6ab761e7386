import { crc32c } from '@node-rs/crc32';

const HEADER_BYTES = 61;
/** Not included in a batch's length. */
const PREAMBLE_BYTES = 12;
const MAGIC = 2;
const CHECKSUM_AT = 17;
/** The checksum covers everything that follows it. */
const CHECKED_FROM = 21;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;
const NO_BYTES = Buffer.alloc(0);

/** What a producer sends. */
export interface NewRecord {
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer | string>;
}

/** A record by its distance from the first one of its batch. */
export interface BatchRecord extends NewRecord {
  delta: number;
}

export interface BatchToWrite {
  base: number;
  /** The offset of the last record, even if compaction removed it. */
  last: number;
  timestampMs: number;
  /** Null if the batch is not part of a transaction. */
  producerId: string | null;
  isControl: boolean;
  records: readonly BatchRecord[];
}

/** Encodes a batch for the log and for fetches: https://kafka.apache.org/documentation/#recordbatch */
export function encodeBatch({
  base,
  last,
  timestampMs,
  producerId,
  isControl,
  records,
}: BatchToWrite): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const body = Buffer.concat(records.map(encodeRecord));
  header.writeBigInt64BE(BigInt(base), 0);
  header.writeInt32BE(HEADER_BYTES - PREAMBLE_BYTES + body.length, 8);
  header.writeInt8(MAGIC, 16);
  header.writeInt16BE((producerId === null ? 0 : IS_TRANSACTIONAL) | (isControl ? IS_CONTROL : 0), 21);
  header.writeInt32BE(last - base, 23);
  header.writeBigInt64BE(BigInt(timestampMs), 27);
  header.writeBigInt64BE(BigInt(timestampMs), 35);
  header.writeBigInt64BE(BigInt(producerId ?? -1), 43);
  header.writeInt32BE(records.length, 57);
  const batch = Buffer.concat([header, body]);
  batch.writeUInt32BE(crc32c(batch.subarray(CHECKED_FROM)), CHECKSUM_AT);
  return batch;
}

/** https://kafka.apache.org/documentation/#record */
function encodeRecord({ delta, key, value, headers = {} }: BatchRecord): Buffer {
  const named = Object.entries(headers);
  const body = Buffer.concat([
    // Attributes, and the timestamp delta.
    Buffer.from([0, 0]),
    varint(delta),
    bytes(key),
    bytes(value),
    varint(named.length),
    ...named.flatMap(([name, text]) => [bytes(Buffer.from(name)), bytes(Buffer.from(text))]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function bytes(value: Buffer | null): Buffer {
  return Buffer.concat([varint(value?.length ?? -1), value ?? NO_BYTES]);
}

/** Zigzag encoding, 7 bits per byte, lowest first. */
function varint(value: number): Buffer {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  const written: number[] = [];
  while (rest > 0x7f) {
    written.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...written, rest]);
}
