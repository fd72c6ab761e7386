export type Bytes = Buffer | string;

/** The most bytes of a varint: 64 bits, 7 per byte. */
const MOST_INTEGER_BYTES = 10;
/** The most bytes of a UTF-16 code unit in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** The length of a shorter string fits in one byte. */
const SHORT = 64;

/** Writes the primitive types of Kafka's protocol into one buffer: https://kafka.apache.org/protocol */
export class RequestWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param size the estimated size in bytes; the buffer grows if needed */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get position(): number {
    return this.#at;
  }

  /** Returns what was written since a position. */
  written(from: number): Buffer {
    return this.#bytes.subarray(from, this.#at);
  }

  int8(value: number): void {
    this.#room(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#room(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#room(8);
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
  }

  /** Reserves an int32 whose value is not known yet. Returns the position to {@link fill}. */
  later32(): number {
    this.int32(0);
    return this.#at - 4;
  }

  fill(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at);
  }

  /** Writes a string after its length as an int16. */
  string(value: string | null): void {
    if (value === null) {
      this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(value);
    this.int16(length);
    this.#room(length);
    this.#at += this.#bytes.write(value, this.#at, length);
  }

  varint(value: number): void {
    this.#room(MOST_INTEGER_BYTES);
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  /** Writes a value after its length as a varint. Null is written as the length -1, unlike an empty value. */
  value(value: Bytes | null | undefined): void {
    if (value === null || value === undefined) this.varint(-1);
    else if (typeof value === 'string') this.text(value);
    else {
      this.varint(value.length);
      this.#room(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    }
  }

  /** Writes a string after its length as a varint. */
  text(value: string): void {
    this.#room(MOST_INTEGER_BYTES + value.length * MOST_UNIT_BYTES);
    if (value.length < SHORT && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#at += this.#bytes.write(value, this.#at, length);
  }

  /** Begins a part that follows its length as a varint. Reserves room for the length, which {@link end} writes. */
  begin(): number {
    this.#room(MOST_INTEGER_BYTES);
    this.#at += MOST_INTEGER_BYTES;
    return this.#at;
  }

  /** @param body the position that {@link begin} returned */
  end(body: number): void {
    const end = this.#at;
    this.#at = writeVarint(this.#bytes, body - MOST_INTEGER_BYTES, end - body);
    this.#bytes.copyWithin(this.#at, body, end);
    this.#at += end - body;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }

  /** Writes a short string by character, which is cheaper than a call into Node. Returns false if it is not ASCII. */
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

/**
 * Writes zigzag encoding, 7 bits per byte, least significant first. Avoids 32-bit operators: a difference of timestamps
 * may be larger.
 */
function writeVarint(bytes: Buffer, at: number, value: number): number {
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
