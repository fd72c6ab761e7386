import { OUR_HEADER_PREFIX, type HeaderValue, type MessageHeaders, type Timestamp } from '#pipeline';
import { FetchedRecord, NO_HEADERS, type BatchContext } from './fetched-record.js';
import { corrupt } from './undecodable.js';

/** Limits the memory for headers: each is an object, and a record of one megabyte can hold 340,000. */
export const MAX_HEADERS = 1_000;
/** Kept in addition, wherever they stand: this service recognizes redriven messages and dead letters by its headers. */
const MAX_OWN_HEADERS = 32;
const OWN_PREFIX = Buffer.from(OUR_HEADER_PREFIX);

/** Computes a record's time from the batch header and the record's delta. */
export interface RecordClock {
  after(deltaMs: number | bigint): Timestamp;
}

/** What the header of a record batch says about its records. */
export interface RecordFrame {
  firstOffset: number;
  lastOffset: number;
  clock: RecordClock;
  context: BatchContext;
}

/** The first fields of a record. */
export interface RecordFront {
  offset: number;
  timestampMs: Timestamp;
  /** Negative if there is no key. */
  keyLength: number;
}

/** The headers that are kept, and the number of those that are not. */
export interface ReadHeaders {
  headers: MessageHeaders;
  omitted: number;
}

/**
 * Reads records in place: https://kafka.apache.org/documentation/#record. On any input it takes linear time and stays
 * within the given bytes.
 *
 * @throws UndecodableError if the bytes are not valid records
 */
export class RecordReader {
  at = 0;
  #bytes: Buffer = NO_BYTES;
  #lastOffset: number;

  constructor(private readonly frame: RecordFrame) {
    this.#lastOffset = frame.firstOffset - 1;
  }

  open(bytes: Buffer, at: number): void {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Reads the record in the next `length` bytes, which must be there. Returns null if its offset is below `from`. */
  record(length: number, from: number): FetchedRecord | null {
    const end = this.at + length;
    const { offset, timestampMs, keyLength } = this.front();
    if (offset < from) return null;
    const keyAt = this.at;
    this.at += Math.max(0, keyLength);
    const valueLength = this.integer();
    const valueAt = this.at;
    this.at += Math.max(0, valueLength);
    // Checked before the header count is read: it must not come from beyond the record.
    if (this.at > end) throw corrupt('a key or a value is longer than its record');
    const count = this.integer();
    const { headers, omitted } = count === 0 ? NONE_READ : this.headers(count, end);
    if (this.at !== end) throw corrupt('a record does not end where its length says');
    const { context } = this.frame;
    return new FetchedRecord(
      this.#bytes,
      offset,
      timestampMs,
      keyAt,
      keyLength,
      valueAt,
      valueLength,
      headers,
      context,
      omitted,
    );
  }

  front(): RecordFront {
    const { firstOffset, lastOffset, clock } = this.frame;
    // The attributes, which are unused.
    this.at += 1;
    const timestampMs = clock.after(this.#long());
    const offset = firstOffset + this.integer();
    if (offset <= this.#lastOffset || offset > lastOffset) {
      throw corrupt('the offsets of its records contradict its header');
    }
    this.#lastOffset = offset;
    return { offset, timestampMs, keyLength: this.integer() };
  }

  /**
   * Reads the first {@link MAX_HEADERS} headers and this service's own, and counts the others. If the record is cut off
   * at `end`, keeps the headers that are complete.
   */
  headers(count: number, end: number, isCutOff = false): ReadHeaders {
    if (count < 0) throw corrupt('a record has a negative number of headers');
    const headers = new Map<string, HeaderValue | HeaderValue[]>();
    const bytes = this.#bytes;
    let others = 0;
    let own = 0;
    let kept = 0;
    for (let index = 0; index < count; index += 1) {
      if (isCutOff && end - this.at < 2 * MAX_INTEGER_BYTES) break;
      const nameLength = this.integer();
      const nameAt = this.at;
      this.at += nameLength;
      if (isCutOff && end - this.at < MAX_INTEGER_BYTES) break;
      if (nameLength < 0 || this.at >= end) throw corrupt('a header is longer than its record');
      const valueLength = this.integer();
      const valueAt = this.at;
      this.at += Math.max(0, valueLength);
      if (this.at > end) {
        if (isCutOff) break;
        throw corrupt('a header is longer than its record');
      }
      const isKept = isOwn(bytes, nameAt, nameLength) ? ++own <= MAX_OWN_HEADERS : ++others <= MAX_HEADERS;
      if (!isKept) continue;
      kept += 1;
      const name = bytes.toString('utf8', nameAt, nameAt + nameLength);
      addHeader(headers, name, valueLength < 0 ? null : bytes.subarray(valueAt, this.at));
    }
    return { headers: Object.fromEntries(headers), omitted: count - kept };
  }

  /** Reads a 32-bit varint: zigzag, 7 bits per byte, least significant first. */
  integer(): number {
    let zigzag = 0;
    for (let shift = 0; shift < 7 * MAX_INTEGER_BYTES; shift += 7) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw corrupt('its records are cut short');
      this.at += 1;
      zigzag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    throw corrupt('a 32-bit varint takes more than 5 bytes');
  }

  /** Reads a 64-bit varint. */
  #long(): number | bigint {
    const from = this.at;
    while ((this.#bytes[this.at] ?? 0) > 0x7f && this.at - from < MAX_LONG_BYTES) this.at += 1;
    this.at += 1;
    const length = this.at - from;
    if (length <= 4) {
      this.at = from;
      return this.integer();
    }
    if (length > MAX_LONG_BYTES) throw corrupt('a 64-bit varint takes more than 10 bytes');
    let zigzag = 0n;
    for (let at = this.at - 1; at >= from; at -= 1) {
      zigzag = (zigzag << 7n) | BigInt((this.#bytes[at] ?? 0) & 0x7f);
    }
    zigzag = BigInt.asUintN(64, zigzag);
    return (zigzag >> 1n) ^ -(zigzag & 1n);
  }
}

export const MAX_INTEGER_BYTES = 5;
const MAX_LONG_BYTES = 10;
const NO_BYTES = Buffer.alloc(0);
const NONE_READ: ReadHeaders = { headers: NO_HEADERS, omitted: 0 };

function isOwn(bytes: Buffer, at: number, length: number): boolean {
  if (bytes[at] !== OWN_PREFIX[0] || length < OWN_PREFIX.length) return false;
  return OWN_PREFIX.compare(bytes, at, at + OWN_PREFIX.length) === 0;
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
