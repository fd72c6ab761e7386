export type Bytes = Buffer | string;

/** A variable-length integer takes at most as many: 64 bits, 7 to a byte. */
const MOST_INTEGER_BYTES = 10;
/** Of a unit of a string, in UTF-8. */
const MOST_UNIT_BYTES = 3;
/** A shorter string has its length in one byte. */
const SHORT = 64;

/** Writes what Kafka's protocol is made of, one after the other, into one buffer: https://kafka.apache.org/protocol */
export class RequestWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param size about how many bytes will be written; more are made room for */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get position(): number {
    return this.#at;
  }

  /** What was written from a position on. */
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

  /** Of what is known later only; answers where to {@link fill} it in. */
  later32(): number {
    this.int32(0);
    return this.#at - 4;
  }

  fill(at: number, value: number): void {
    this.#bytes.writeInt32BE(value, at);
  }

  /** With its length before it. */
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

  /** Of variable length, as the integers and lengths below. */
  varint(value: number): void {
    this.#room(MOST_INTEGER_BYTES);
    this.#at = writeVarint(this.#bytes, this.#at, value);
  }

  /** With its length before it; null is not nothing. */
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

  text(value: string): void {
    this.#room(MOST_INTEGER_BYTES + value.length * MOST_UNIT_BYTES);
    if (value.length < SHORT && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#at += this.#bytes.write(value, this.#at, length);
  }

  /** Begins what has its length before it, which is known at its {@link end} only: room is left for it. */
  begin(): number {
    this.#room(MOST_INTEGER_BYTES);
    this.#at += MOST_INTEGER_BYTES;
    return this.#at;
  }

  /** @param body where it began */
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

  /** Most text is short: cheaper by character than by a call into Node. Answers false where it is not ASCII. */
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
