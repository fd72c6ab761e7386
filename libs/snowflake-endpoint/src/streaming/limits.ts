import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Channel } from './channel.js';
import { streamingError } from './streaming-errors.js';

/** Snowflake's limits; where its documentation leaves room, the stricter reading. */
export interface StreamingLimits {
  /** A payload as it is sent, after compression. */
  maxWireBytes: number;
  /** A payload before compression. */
  maxPayloadBytes: number;
  /** Appends to one channel. */
  requestsPerSecond: number;
  channelsPerPipe: number;
}

export const SNOWFLAKE_LIMITS: StreamingLimits = {
  maxWireBytes: 4_000_000,
  maxPayloadBytes: 16_000_000,
  requestsPerSecond: 10,
  channelsPerPipe: 2_000,
};

/** Returns the payload without its compression. @throws StreamingError */
export function decompressed(
  bytes: Buffer,
  encoding: string | undefined,
  { maxWireBytes, maxPayloadBytes }: StreamingLimits,
): Buffer {
  if (bytes.length > maxWireBytes) {
    throw streamingError(
      'tooLarge',
      `The payload has ${bytes.length} bytes; its limit is ${maxWireBytes} bytes.`,
    );
  }
  const plain = decompress(bytes, encoding, maxPayloadBytes);
  if (plain.length > maxPayloadBytes) {
    throw streamingError(
      'tooLarge',
      `The payload has ${plain.length} bytes before compression; its limit is ${maxPayloadBytes} bytes.`,
    );
  }
  return plain;
}

function decompress(bytes: Buffer, encoding: string | undefined, maxPayloadBytes: number): Buffer {
  const options = { maxOutputLength: maxPayloadBytes };
  try {
    switch (encoding) {
      case undefined:
      case 'identity':
        return bytes;
      case 'gzip':
        return gunzipSync(bytes, options);
      case 'zstd':
        return zstdDecompressSync(bytes, options);
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw streamingError(
        'tooLarge',
        `Before compression, the payload exceeds its limit of ${maxPayloadBytes} bytes.`,
      );
    }
    throw streamingError('malformed', `The payload is not valid ${encoding}.`);
  }
  throw streamingError('malformed', `Content-Encoding ${encoding} is not supported: use gzip or zstd.`);
}

const WINDOW_MS = 1000;

/** Counts the appends to each channel in a sliding window of a second. Refused ones do not count. */
export class RequestRate {
  private readonly recent = new WeakMap<Channel, number[]>();

  /** @throws StreamingError 429 */
  count(channel: Channel, limit: number): void {
    const now = performance.now();
    const within = (this.recent.get(channel) ?? []).filter((at) => at > now - WINDOW_MS);
    if (within.length >= limit) throw streamingError('tooManyRequests');
    this.recent.set(channel, [...within, now]);
  }
}
