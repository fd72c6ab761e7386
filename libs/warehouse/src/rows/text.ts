import { isUtf8 } from 'node:buffer';

/** Bytes as a text column can hold them. */
export interface EncodedBytes {
  text: string;
  encoding: 'utf8' | 'base64';
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * UTF-8 as text, all else as base64. Two kinds of UTF-8 go as base64 as well: engines and tools cut text off at U+0000,
 * and DuckDB's client for Node drops a byte order mark at the start of what it reads.
 */
export function encodeBytes(bytes: Buffer): EncodedBytes {
  const hasMark = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isUtf8(bytes) && !hasMark && !bytes.includes(0)
    ? { text: bytes.toString('utf8'), encoding: 'utf8' }
    : { text: bytes.toString('base64'), encoding: 'base64' };
}

/** Text that every engine takes: what JSON can escape but UTF-8 cannot carry, and U+0000, become U+FFFD. */
export function columnText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** JSON of a value of ours whose strings every engine takes. */
export function columnJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? columnText(part) : part));
}
