import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { encodeBytes, type EncodedBytes } from './text.js';

/** Describes the whole of which a column holds only a prefix. */
export interface CutOff {
  bytes: number;
  /** In hexadecimal. */
  sha256: string;
  prefix_encoding: EncodedBytes['encoding'];
}

/** Bytes as a text column holds them; `prefix` if it holds only their beginning. */
export type KeptBytes =
  (EncodedBytes & { cutOff: null }) | { text: string; encoding: 'prefix'; cutOff: CutOff };

/**
 * @param maxBytes the limit of the text, in bytes of UTF-8
 * @param whole set if these bytes may be only the beginning of something longer
 */
export function keptBytes(
  bytes: Buffer,
  maxBytes: number,
  whole?: Pick<CutOff, 'bytes' | 'sha256'> | null,
): KeptBytes {
  const isCutOff = (whole?.bytes ?? 0) > bytes.length;
  const given = isCutOff ? wholeCharacters(bytes) : bytes;
  const { text, encoding } = encodeBytes(given);
  const fits = Buffer.byteLength(text) <= maxBytes;
  if (fits && !isCutOff) return { text, encoding, cutOff: null };
  const { bytes: length, sha256 } = whole ?? { bytes: bytes.length, sha256: sha256Of([bytes]) };
  return {
    text: fits ? text : encodePrefix(given, encoding, maxBytes),
    encoding: 'prefix',
    cutOff: { bytes: length, sha256, prefix_encoding: encoding },
  };
}

/** Removes a character that was cut off at the end. */
function wholeCharacters(text: Buffer): Buffer {
  let start = text.length - 1;
  while (start > text.length - 4 && isContinuationByte(text[start])) start -= 1;
  return isUtf8(text.subarray(Math.max(0, start))) ? text : text.subarray(0, Math.max(0, start));
}

export function sha256Of(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** As much as fits into `maxBytes`: whole characters of text, whole groups of base64. */
export function encodePrefix(bytes: Buffer, encoding: EncodedBytes['encoding'], maxBytes: number): string {
  if (encoding === 'base64') return bytes.subarray(0, Math.floor(maxBytes / 4) * 3).toString('base64');
  let end = maxBytes;
  while (isContinuationByte(bytes[end])) end--;
  return bytes.subarray(0, end).toString('utf8');
}

function isContinuationByte(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
