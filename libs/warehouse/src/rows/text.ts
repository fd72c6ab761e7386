import { isUtf8 } from 'node:buffer';

/** Bytes as a text column can hold them. */
export interface EncodedBytes {
  text: string;
  encoding: 'utf8' | 'base64';
}

/**
 * UTF-8 as text, all else as base64. Text with U+0000 goes as base64 as well: it is UTF-8, but engines and
 * the tools that read them cut it off there.
 */
export function encodeBytes(bytes: Buffer): EncodedBytes {
  return isUtf8(bytes) && !bytes.includes(0)
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
