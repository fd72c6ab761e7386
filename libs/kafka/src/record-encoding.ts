import { replaceModule } from './replace-module.js';

type Bytes = Buffer | string;

/** A record as kafkajs hands it to its encoder, and the part of it that its batch encoder reads of the answer. */
export interface RecordToEncode {
  offsetDelta: number;
  /** Milliseconds after the first record of its batch. */
  timestampDelta: number;
  key: Bytes | null | undefined;
  value: Bytes | null | undefined;
  headers?: Record<string, Bytes | Bytes[] | null | undefined>;
}

export interface EncodedRecord {
  buf: Buffer;
  buffer: Buffer;
}

const RECORD_MODULE = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';

/**
 * Has kafkajs write records as {@link encodeRecord} does. Its own way makes a buffer of 512 bytes for each header, which
 * for a dead letter's eleven is 20 us. Nothing else of kafkajs is changed, and the bytes are the same. Safe to call more
 * than once; kafkajs reads its encoder when it first produces.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installRecordEncoding(): void {
  replaceModule(RECORD_MODULE, encodeRecord);
}

/** A record of the message format v2: https://kafka.apache.org/documentation/#record */
export function encodeRecord(record: RecordToEncode): EncodedRecord {
  const { key, value, headers = {} } = record;
  let count = 0;
  // Its length, attributes, timestamp, offset, and how many headers it has.
  let most = 5 * MOST_INTEGER_BYTES + mostOf(key) + mostOf(value);
  forEachHeader(headers, (name, each) => {
    count += 1;
    most += mostOf(name) + mostOf(each);
  });

  const body = new RecordBody(most);
  // Attributes: none are in use.
  body.byte(0);
  body.integer(record.timestampDelta);
  body.integer(record.offsetDelta);
  body.value(key);
  body.value(value);
  body.integer(count);
  forEachHeader(headers, (name, each) => {
    body.text(name);
    body.value(each);
  });
  const buffer = body.record();
  return { buf: buffer, buffer };
}

/** A name may have several values. */
function forEachHeader(
  headers: NonNullable<RecordToEncode['headers']>,
  visit: (name: string, value: Bytes | null | undefined) => void,
): void {
  for (const name in headers) {
    const given = headers[name];
    if (!Array.isArray(given)) visit(name, given);
    else for (const each of given) visit(name, each);
  }
}

/** A variable-length integer takes at most as many: 64 bits, 7 to a byte. */
const MOST_INTEGER_BYTES = 10;
/** Of a unit of a string, in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** A shorter string has its length in one byte. */
const SHORT = 64;

/** The length of a record stands before it, and is known after it: room is left for it. */
class RecordBody {
  readonly #bytes: Buffer;
  #at = MOST_INTEGER_BYTES;

  constructor(most: number) {
    this.#bytes = Buffer.allocUnsafe(most);
  }

  byte(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  integer(value: number): void {
    this.#at = writeInteger(this.#bytes, this.#at, value);
  }

  value(value: Bytes | null | undefined): void {
    if (value === null || value === undefined) this.integer(-1);
    else if (typeof value === 'string') this.text(value);
    else {
      this.integer(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    }
  }

  text(value: string): void {
    if (value.length < SHORT && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.integer(length);
    this.#bytes.write(value, this.#at, length);
    this.#at += length;
  }

  /** The whole record. */
  record(): Buffer {
    const length = this.#at - MOST_INTEGER_BYTES;
    const start = MOST_INTEGER_BYTES - integerBytes(length);
    writeInteger(this.#bytes, start, length);
    return this.#bytes.subarray(start, this.#at);
  }

  /** Most of a record's text: cheaper by character than by a call into Node. Answers false where it is not ASCII. */
  #shortAscii(text: string): boolean {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[start + index] = code;
    }
    bytes[this.#at] = text.length * 2;
    this.#at = start + text.length;
    return true;
  }
}

/** Zigzag, then 7 bits to a byte, the lowest first. Not by 32-bit operators: a difference of times may be longer. */
function writeInteger(bytes: Buffer, at: number, value: number): number {
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let next = at;
  while (rest > 0x7f) {
    bytes[next] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
    next += 1;
  }
  bytes[next] = rest;
  return next + 1;
}

function integerBytes(value: number): number {
  let bytes = 1;
  for (let rest = value * 2; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

function mostOf(value: Bytes | null | undefined): number {
  if (value === null || value === undefined) return MOST_INTEGER_BYTES;
  return MOST_INTEGER_BYTES + (typeof value === 'string' ? value.length * MOST_UNIT_BYTES : value.length);
}
