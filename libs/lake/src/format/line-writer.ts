import { isUtf8 } from 'node:buffer';
import { mostTextBytes, NULL, roomForText, writeBytes, writeInteger, writeText } from '#json-bytes';
import { timestampJson, type HeaderValue, type Message, type MessageHeaders } from '#pipeline';
import {
  CREATE_TIME,
  HEADER_NAME,
  HEADERS,
  LOG_APPEND_TIME,
  NAMES,
  OFFSET,
  PARTITION,
  TIMESTAMP,
  TIMESTAMP_TYPE,
} from './line-layout.js';
import { field, toLine } from './record-line.js';

/** Many lines share one block, so that the garbage collector has few objects to track. */
const BLOCK_BYTES = 256 * 1024;

/** The most that a line takes beside its texts, and a text beside its bytes. */
const LINE_OVERHEAD_BYTES = 256;
const TEXT_OVERHEAD_BYTES = 64;

const COMMA = ','.charCodeAt(0);

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
    else if (isUtf8(bytes) && !bytes.includes(0)) {
      const from = this.#at;
      this.#at = writeText(bytes, this.#block, from);
      // It has characters that JSON writes by their numbers, and may be smaller in base64.
      if (this.#at - from > 2 * bytes.length + 2) this.#rewrite(before, field(name, bytes));
    } else this.#rewrite(before, field(name, bytes));
  }

  #rewrite(from: number, text: string): void {
    this.#at = from;
    this.#text(text);
  }

  #integer(integer: number): void {
    this.#at = writeInteger(integer, this.#block, this.#at);
  }

  #copy(bytes: Buffer): void {
    this.#at = writeBytes(bytes, this.#block, this.#at);
  }

  #text(text: string): void {
    this.#at += this.#block.write(text, this.#at);
  }

  #byte(byte: number): void {
    this.#block[this.#at++] = byte;
  }
}

/** The most bytes that the line can take. */
function boundOf({ key, value, headers }: Message): number {
  let bytes = LINE_OVERHEAD_BYTES + textBound(key) + textBound(value);
  for (const name in headers) {
    const given = headers[name] ?? null;
    for (const each of Array.isArray(given) ? given : [given])
      bytes += mostTextBytes(name.length) + textBound(each);
  }
  return bytes;
}

function textBound(bytes: HeaderValue): number {
  return TEXT_OVERHEAD_BYTES + (bytes === null ? 0 : roomForText(bytes));
}

/** Whether the line has fields that most lines do not have. */
function hasNotes({ headersOmitted = 0, oversize = null }: Message): boolean {
  return headersOmitted > 0 || oversize !== null;
}

function ofItsOwn(message: Message): WrittenLine {
  const block = Buffer.from(toLine(message));
  return { block, from: 0, to: block.length };
}
