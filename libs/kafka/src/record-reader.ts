import { OUR_HEADER_PREFIX, type HeaderValue, type MessageHeaders, type Timestamp } from '#pipeline';
import { FetchedRecord, NO_HEADERS, type BatchContext } from './fetched-record.js';

/** Each header is an object of its own: a record of a megabyte has room for 340,000 of them. */
export const MAX_HEADERS = 1_000;
/** Kept beside those: redriven messages and dead letters are recognized by them, wherever they are in the list. */
const MAX_OWN_HEADERS = 32;

const OWN_PREFIX = Buffer.from(OUR_HEADER_PREFIX);

/** Of the times of a batch's records, which lie in the batch's header and in each record. */
export interface RecordClock {
  after(deltaMs: number | bigint): Timestamp;
}

/** Reads records from bytes that hold all of them: https://kafka.apache.org/documentation/#record */
export class RecordReader {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  record(firstOffset: number, clock: RecordClock, context: BatchContext): FetchedRecord {
    const length = this.#integer();
    const end = this.at + length;
    // Attributes: none are in use.
    this.at += 1;
    const timestampMs = clock.after(this.#long());
    const offset = firstOffset + this.#integer();
    const keyLength = this.#integer();
    const keyAt = this.at;
    this.at += Math.max(0, keyLength);
    const valueLength = this.#integer();
    const valueAt = this.at;
    this.at += Math.max(0, valueLength);
    const headerCount = this.#integer();
    const omitted = { count: 0 };
    const headers = headerCount <= 0 ? NO_HEADERS : this.#headers(headerCount, end, omitted);
    this.at = end;
    return new FetchedRecord(
      this.bytes,
      offset,
      timestampMs,
      keyAt,
      keyLength,
      valueAt,
      valueLength,
      headers,
      context,
      omitted.count,
    );
  }

  /** The first {@link MAX_HEADERS} headers, and those of this service. The others are counted. */
  #headers(count: number, end: number, omitted: { count: number }): MessageHeaders {
    const headers = new Map<string, HeaderValue | HeaderValue[]>();
    let others = 0;
    let own = 0;
    for (let index = 0; index < count && this.at < end; index += 1) {
      const name = this.#bytes() ?? NO_BYTES;
      const value = this.#bytes();
      const isKept = isOwn(name) ? ++own <= MAX_OWN_HEADERS : ++others <= MAX_HEADERS;
      if (isKept) addHeader(headers, name.toString(), value);
      else omitted.count += 1;
    }
    return Object.fromEntries(headers);
  }

  #bytes(): Buffer | null {
    const length = this.#integer();
    if (length < 0) return null;
    const at = this.at;
    this.at += length;
    return this.bytes.subarray(at, this.at);
  }

  /** Of 32 bits, zigzag, 7 bits to a byte, the lowest first. */
  #integer(): number {
    let zigzag = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.bytes[this.at] ?? 0;
      this.at += 1;
      zigzag |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f);
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** The same of 64 bits. */
  #long(): number | bigint {
    const from = this.at;
    while ((this.bytes[this.at] ?? 0) > 0x7f) this.at += 1;
    this.at += 1;
    if (this.at - from <= 4) {
      this.at = from;
      return this.#integer();
    }
    let zigzag = 0n;
    for (let at = this.at - 1; at >= from; at -= 1) {
      zigzag = (zigzag << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    }
    zigzag = BigInt.asUintN(64, zigzag);
    return (zigzag >> 1n) ^ -(zigzag & 1n);
  }
}

const NO_BYTES = Buffer.alloc(0);

function isOwn(name: Buffer): boolean {
  return (
    name[0] === OWN_PREFIX[0] &&
    name.length >= OWN_PREFIX.length &&
    name.subarray(0, OWN_PREFIX.length).equals(OWN_PREFIX)
  );
}

function addHeader(
  headers: Map<string, HeaderValue | HeaderValue[]>,
  name: string,
  value: HeaderValue,
): void {
  const before = headers.get(name);
  if (before === undefined) headers.set(name, value);
  else if (Array.isArray(before)) before.push(value);
  else headers.set(name, [before, value]);
}
