import { createHash } from 'node:crypto';
import { encodeBytes, type EncodedBytes } from './text.js';

/** What is known of bytes of which a column holds only the beginning. */
export interface CutOff {
  /** Of the whole. */
  bytes: number;
  /** Of the whole, in hexadecimal. */
  sha256: string;
  prefix_encoding: EncodedBytes['encoding'];
}

/** Bytes as a text column holds them; `prefix` where it is only their beginning. */
export type KeptBytes =
  (EncodedBytes & { cutOff: null }) | { text: string; encoding: 'prefix'; cutOff: CutOff };

/** @param maxBytes the longest text, in bytes of UTF-8 */
export function keptBytes(bytes: Buffer, maxBytes: number): KeptBytes {
  const whole = encodeBytes(bytes);
  if (Buffer.byteLength(whole.text) <= maxBytes) return { ...whole, cutOff: null };
  return {
    text: encodePrefix(bytes, whole.encoding, maxBytes),
    encoding: 'prefix',
    cutOff: { bytes: bytes.length, sha256: sha256Of([bytes]), prefix_encoding: whole.encoding },
  };
}

export function sha256Of(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** As much as `maxBytes` hold: whole characters of text, whole groups of base64. */
export function encodePrefix(bytes: Buffer, encoding: EncodedBytes['encoding'], maxBytes: number): string {
  if (encoding === 'base64') return bytes.subarray(0, Math.floor(maxBytes / 4) * 3).toString('base64');
  let end = maxBytes;
  while (isContinuationByte(bytes[end])) end--;
  return bytes.subarray(0, end).toString('utf8');
}

function isContinuationByte(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
