import { isUtf8 } from 'node:buffer';
import { timestampJson, type HeaderValue, type Message, type MessageHeaders } from '#pipeline';
import { field, toLine } from './record-line.js';

/** Many lines share one block, so that the garbage collector has few objects to track. */
const BLOCK_BYTES = 256 * 1024;

const PARTITION = Buffer.from('{"partition":');
const OFFSET = Buffer.from(',"offset":');
const TIMESTAMP = Buffer.from(',"timestamp":');
const TIMESTAMP_TYPE = Buffer.from(',"timestamp_type":"');
const CREATE_TIME = Buffer.from('CreateTime",');
const LOG_APPEND_TIME = Buffer.from('LogAppendTime",');
const HEADERS = Buffer.from(',"headers":[');
const HEADER_NAME = Buffer.from('{"name":');
const NULL = Buffer.from('null');
const NAMES = { key: Buffer.from('"key":'), value: Buffer.from('"value":') };

/** The most that a line takes beside its texts, and a text beside three times its bytes. */
const LINE_OVERHEAD_BYTES = 256;
const TEXT_OVERHEAD_BYTES = 64;
/** The most that a UTF-16 code unit takes as JSON. */
const CODE_UNIT_BYTES = 6;

const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
/** By control character, the letter that follows the backslash; 0 for those that JSON writes by their numbers. */
const LETTERS = Buffer.alloc(FIRST_PRINTABLE);
for (const [letter, text] of Object.entries({ b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' }))
  LETTERS[text.charCodeAt(0)] = letter.charCodeAt(0);

/** Where a line lies. */
export interface WrittenLine {
  block: Buffer;
  from: number;
  to: number;
}

/**
 * Writes records as the lines of {@link toLine}, without its strings: most bytes of a value are copied as they are, and
 * lines that are written one after another lie in one block.
 */
export class LineWriter {
  #block = Buffer.alloc(0);
  #at = 0;

  write(message: Message): WrittenLine {
    const bound = boundOf(message);
    if (bound > BLOCK_BYTES || hasNotes(message)) return ofItsOwn(message);
    if (bound > this.#block.length - this.#at) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#at = 0;
    }
    const from = this.#at;
    const { partition, offset, timestampMs, timestampType, headers } = message;
    this.#copy(PARTITION);
    this.#integer(partition);
    this.#copy(OFFSET);
    this.#integer(offset);
    this.#copy(TIMESTAMP);
    if (typeof timestampMs === 'number' && timestampMs >= 0) this.#integer(timestampMs);
    else this.#text(JSON.stringify(timestampJson(timestampMs)));
    this.#copy(TIMESTAMP_TYPE);
    this.#copy(timestampType === 'LogAppendTime' ? LOG_APPEND_TIME : CREATE_TIME);
    this.#field('key', message.key);
    this.#copy(HEADERS);
    this.#headers(headers);
    this.#text('],');
    this.#field('value', message.value);
    this.#text('}\n');
    return { block: this.#block, from, to: this.#at };
  }

  #headers(headers: MessageHeaders): void {
    let isFirst = true;
    for (const name in headers) {
      const given = headers[name] ?? null;
      for (const value of Array.isArray(given) ? given : [given]) {
        if (!isFirst) this.#byte(COMMA);
        isFirst = false;
        this.#copy(HEADER_NAME);
        this.#text(JSON.stringify(name));
        this.#byte(COMMA);
        this.#field('value', value);
        this.#text('}');
      }
    }
  }

  #field(name: 'key' | 'value', bytes: HeaderValue): void {
    const before = this.#at;
    this.#copy(NAMES[name]);
    if (bytes === null) this.#copy(NULL);
    else if (!isUtf8(bytes) || !this.#string(bytes)) {
      this.#at = before;
      this.#text(field(name, bytes));
    }
  }

  /** Writes UTF-8 as a JSON string. Returns false if it contains a character that JSON writes by its number. */
  #string(bytes: Buffer): boolean {
    const block = this.#block;
    const { length } = bytes;
    let at = this.#at;
    block[at++] = QUOTE;
    for (let index = 0; index < length; index += 1) {
      let byte = bytes[index] ?? 0;
      if (byte < FIRST_PRINTABLE) {
        byte = LETTERS[byte] ?? 0;
        if (byte === 0) return false;
        block[at++] = BACKSLASH;
      } else if (byte === QUOTE || byte === BACKSLASH) block[at++] = BACKSLASH;
      block[at++] = byte;
    }
    block[at++] = QUOTE;
    this.#at = at;
    return true;
  }

  #integer(integer: number): void {
    const block = this.#block;
    const end = this.#at + digitsOf(integer);
    let rest = integer;
    for (let at = end - 1; at >= this.#at; at -= 1) {
      const tenth = Math.floor(rest / 10);
      block[at] = ZERO + (rest - tenth * 10);
      rest = tenth;
    }
    this.#at = end;
  }

  #copy(bytes: Buffer): void {
    const block = this.#block;
    const at = this.#at;
    const { length } = bytes;
    for (let index = 0; index < length; index += 1) block[at + index] = bytes[index] ?? 0;
    this.#at = at + length;
  }

  #text(text: string): void {
    this.#at += this.#block.write(text, this.#at);
  }

  #byte(byte: number): void {
    this.#block[this.#at++] = byte;
  }
}

function digitsOf(integer: number): number {
  let digits = 1;
  for (let limit = 10; integer >= limit; limit *= 10) digits += 1;
  return digits;
}

/** The most bytes that the line can take. */
function boundOf({ key, value, headers }: Message): number {
  let bytes = LINE_OVERHEAD_BYTES + textBound(key) + textBound(value);
  for (const name in headers) {
    const given = headers[name] ?? null;
    for (const each of Array.isArray(given) ? given : [given])
      bytes += CODE_UNIT_BYTES * name.length + TEXT_OVERHEAD_BYTES + textBound(each);
  }
  return bytes;
}

function textBound(bytes: HeaderValue): number {
  return 3 * (bytes?.length ?? 0) + TEXT_OVERHEAD_BYTES;
}

/** Whether the line has fields that most lines do not have. */
function hasNotes({ headersOmitted = 0, oversize = null }: Message): boolean {
  return headersOmitted > 0 || oversize !== null;
}

function ofItsOwn(message: Message): WrittenLine {
  const block = Buffer.from(toLine(message));
  return { block, from: 0, to: block.length };
}
