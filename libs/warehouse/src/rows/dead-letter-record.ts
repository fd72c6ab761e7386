import { createHash } from 'node:crypto';
import { timestampJson, type DeadLetter, type MessageHeaders } from '#pipeline';
import type { EncodedBytes } from './text.js';
import { columnJson, columnText, encodeBytes } from './text.js';

/**
 * What a row of SALES_EVENTS_DLQ holds, in the order of its written columns. Every value is such that no
 * engine refuses it: a dead letter that cannot be written would stop its partition.
 */
export interface DeadLetterRecord {
  errorType: string;
  errorReason: string;
  /** JSON: the array of field faults. */
  errorDetails: string;
  eventType: string | null;
  /** As {@link valueEncoding} says; null for a message without a value. */
  originalValue: string | null;
  /** `prefix`: only the first part, as `value.prefix_encoding` of the metadata says. */
  valueEncoding: 'utf8' | 'base64' | 'prefix' | null;
  originalKey: string | null;
  keyEncoding: 'utf8' | 'base64' | null;
  /** JSON: `[{name, value}]`, one entry a value, which may be null; `encoding: 'base64'` beside one that is no text. */
  headers: string;
  /**
   * JSON: `{topic, partition, offset, timestamp_ms}`; of a value that is kept as a prefix also
   * `value: {bytes, sha256, prefix_encoding}`, sha256 in hexadecimal; where headers were left out also
   * `headers: {omitted}`, their number.
   */
  metadata: string;
  attempt: number;
  failedAtMs: number;
}

/** @param maxValueBytes the longest ORIGINAL_VALUE, in bytes of UTF-8; of a longer one a prefix is kept. */
export function toDeadLetterRecord(letter: DeadLetter, maxValueBytes: number): DeadLetterRecord {
  const { message, errorType, reason, details, eventType, attempt, failedAtMs } = letter;
  const { topic, partition, offset, timestampMs, key, value, headersOmitted: omitted = 0 } = message;
  const place = {
    topic,
    partition,
    offset,
    timestamp_ms: timestampJson(timestampMs),
    ...(omitted === 0 ? undefined : { headers: { omitted } }),
  };
  const encodedKey = key === null ? null : encodeBytes(key);
  const common = {
    errorType,
    errorReason: columnText(reason),
    errorDetails: columnJson(details),
    eventType: eventType === null ? null : columnText(eventType),
    originalKey: encodedKey?.text ?? null,
    keyEncoding: encodedKey?.encoding ?? null,
    headers: headersJson(message.headers),
    attempt,
    failedAtMs,
  };
  if (value === null) {
    return { ...common, originalValue: null, valueEncoding: null, metadata: JSON.stringify(place) };
  }
  const whole = encodeBytes(value);
  if (Buffer.byteLength(whole.text) <= maxValueBytes) {
    return {
      ...common,
      originalValue: whole.text,
      valueEncoding: whole.encoding,
      metadata: JSON.stringify(place),
    };
  }
  const prefix = encodePrefix(value, whole.encoding, maxValueBytes);
  const sha256 = createHash('sha256').update(value).digest('hex');
  return {
    ...common,
    originalValue: prefix,
    valueEncoding: 'prefix',
    metadata: JSON.stringify({
      ...place,
      value: { bytes: value.length, sha256, prefix_encoding: whole.encoding },
    }),
  };
}

/** As much of the value as `maxBytes` hold: whole characters of text, whole groups of base64. */
export function encodePrefix(value: Buffer, encoding: EncodedBytes['encoding'], maxBytes: number): string {
  if (encoding === 'base64') return value.subarray(0, Math.floor(maxBytes / 4) * 3).toString('base64');
  let end = maxBytes;
  while (isContinuationByte(value[end])) end--;
  return value.subarray(0, end).toString('utf8');
}

function isContinuationByte(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}

/** As HEADERS holds them. */
export function headersJson(headers: MessageHeaders): string {
  return columnJson(
    Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => {
        if (value === null) return { name, value };
        const { text, encoding } = encodeBytes(value);
        return encoding === 'utf8' ? { name, value: text } : { name, value: text, encoding };
      }),
    ),
  );
}
