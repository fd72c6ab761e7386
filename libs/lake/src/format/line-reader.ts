import { NULL } from '#json-bytes';
import type { Message, MessageHeaders } from '#pipeline';
import {
  CREATE_TIME,
  HEADERS,
  LOG_APPEND_TIME,
  NAMES,
  OFFSET,
  PARTITION,
  TIMESTAMP,
  TIMESTAMP_TYPE,
} from './line-layout.js';
import { fromLine } from './record-line.js';

/** Keys and values of many records share one block. */
const BLOCK_BYTES = 256 * 1024;
const MOST_DIGITS = 16;
const NO_HEADERS: MessageHeaders = Object.freeze({});
const END_OF_HEADERS = Buffer.from('],');
const END = Buffer.from('}');

const QUOTE = 0x22;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
/** By the letter that follows a backslash, the character that they mean; 0 for `u`, and what JSON does not know. */
const UNESCAPED = Buffer.alloc(256);
for (const [letter, character] of Object.entries({
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
}))
  UNESCAPED[letter.charCodeAt(0)] = character.charCodeAt(0);

/**
 * Reads lines of the lake. Most have the layout of {@link LineWriter}, no headers and plain texts: they are read by their
 * bytes, the others as JSON.
 */
export class LineReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #block = Buffer.alloc(0);
  #used = 0;

  constructor(private readonly topic: string) {}

  /** Null if the bytes are not a line that the archiver writes. The record does not keep `lines` in memory. */
  read(lines: Buffer, from: number, to: number): Message | null {
    this.#bytes = lines;
    this.#at = from;
    if (to - from > this.#block.length - this.#used) {
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, to - from));
      this.#used = 0;
    }
    const used = this.#used;
    const record = this.#plain();
    if (record !== null && this.#at === to) return record;
    this.#used = used;
    return fromLine(lines.toString('utf8', from, to), this.topic);
  }

  #plain(): Message | null {
    if (!this.#passes(PARTITION)) return null;
    const partition = this.#integer();
    if (partition < 0 || !this.#passes(OFFSET)) return null;
    const offset = this.#integer();
    if (offset < 0 || !this.#passes(TIMESTAMP)) return null;
    const timestampMs = this.#integer();
    if (timestampMs < 0 || !this.#passes(TIMESTAMP_TYPE)) return null;
    const isCreateTime = this.#passes(CREATE_TIME);
    if (!isCreateTime && !this.#passes(LOG_APPEND_TIME)) return null;
    const key = this.#field(NAMES.key);
    if (key === undefined || !this.#passes(HEADERS) || !this.#passes(END_OF_HEADERS)) return null;
    const value = this.#field(NAMES.value);
    if (value === undefined || !this.#passes(END)) return null;
    return {
      topic: this.topic,
      partition,
      offset,
      timestampMs,
      timestampType: isCreateTime ? 'CreateTime' : 'LogAppendTime',
      key,
      value,
      headers: NO_HEADERS,
      headersOmitted: 0,
      oversize: null,
    };
  }

  /** Undefined if it is not a text of plain characters. */
  #field(name: Buffer): Buffer | null | undefined {
    if (!this.#passes(name)) return undefined;
    if (this.#passes(NULL)) return null;
    const bytes = this.#bytes;
    const block = this.#block;
    const from = this.#used;
    let at = this.#at;
    let to = from;
    if (bytes[at++] !== QUOTE) return undefined;
    for (;;) {
      // Ends at a line break at the latest, or behind the last byte.
      let byte = bytes[at++] ?? 0;
      if (byte < FIRST_PRINTABLE) return undefined;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH) {
        byte = UNESCAPED[bytes[at++] ?? 0] ?? 0;
        if (byte === 0) return undefined;
      }
      block[to++] = byte;
    }
    this.#at = at;
    this.#used = to;
    return block.subarray(from, to);
  }

  /** -1 if there is none that a number holds exactly. */
  #integer(): number {
    const bytes = this.#bytes;
    const from = this.#at;
    let integer = 0;
    for (;;) {
      const digit = (bytes[this.#at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      integer = integer * 10 + digit;
      this.#at += 1;
    }
    const digits = this.#at - from;
    if (digits === 0 || digits > MOST_DIGITS || (bytes[from] === ZERO && digits > 1)) return -1;
    return Number.isSafeInteger(integer) ? integer : -1;
  }

  /** Whether these bytes are next; if so, continues after them. */
  #passes(expected: Buffer): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    const { length } = expected;
    for (let index = 0; index < length; index += 1) if (bytes[at + index] !== expected[index]) return false;
    this.#at = at + length;
    return true;
  }
}
