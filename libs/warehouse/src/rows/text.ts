import { isUtf8 } from 'node:buffer';

/** Bytes as a text column can hold them. */
export interface EncodedBytes {
  text: string;
  encoding: 'utf8' | 'base64';
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Encodes UTF-8 as text, everything else as base64. So is text with U+0000, at which engines and tools cut it off, and
 * text that starts with a byte order mark, which DuckDB's client for Node drops when it reads.
 */
export function encodeBytes(bytes: Buffer): EncodedBytes {
  return isWholeText(bytes)
    ? { text: bytes.toString('utf8'), encoding: 'utf8' }
    : { text: bytes.toString('base64'), encoding: 'base64' };
}

/** Whether {@link encodeBytes} encodes the bytes as text. */
export function isWholeText(bytes: Buffer): boolean {
  const hasMark =
    bytes[0] === BYTE_ORDER_MARK[0] && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return isUtf8(bytes) && !hasMark && !bytes.includes(0);
}

/** Makes text acceptable to every engine: replaces lone surrogates and U+0000 with U+FFFD. */
export function columnText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** JSON whose strings every engine accepts. */
export function columnJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? columnText(part) : part));
}
