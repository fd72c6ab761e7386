import {
  MAX_KEY_BYTES,
  timestampJson,
  type DeadLetter,
  type HeaderValue,
  type Message,
  type MessageHeaders,
} from '#pipeline';
import { keptBytes, sha256Of } from './kept-bytes.js';
import { columnJson, columnText, encodeBytes } from './text.js';

/** Limit of the headers as JSON: four times what brokers accept by default. */
const MAX_HEADERS_BYTES = 4 * 1024 * 1024;

/**
 * A row of SALES_EVENTS_DLQ, in the order of its written columns. No engine refuses any of the values: a dead letter that
 * cannot be written would stop its partition.
 */
export interface DeadLetterRecord {
  errorType: string;
  errorReason: string;
  /** JSON: the array of field faults. */
  errorDetails: string;
  eventType: string | null;
  /** Encoded as {@link valueEncoding} says; null for a message without a value. */
  originalValue: string | null;
  /** `prefix`: only the first part, encoded as `value.prefix_encoding` of the metadata says. */
  valueEncoding: 'utf8' | 'base64' | 'prefix' | null;
  originalKey: string | null;
  /** As {@link valueEncoding}, with `key.prefix_encoding` of the metadata. */
  keyEncoding: 'utf8' | 'base64' | 'prefix' | null;
  /** JSON: `[{name, value}]`, one entry per value, which may be null; with `encoding: 'base64'` if it is not text. */
  headers: string;
  /**
   * JSON: `{topic, partition, offset, timestamp_ms}`. For a value or key that is kept as a prefix also `value` or `key`:
   * `{bytes, sha256, prefix_encoding}`, sha256 in hexadecimal. If headers were left out also `headers: {omitted}`, their
   * number, and, if they did not fit into the column, `bytes` and `sha256` of their values.
   */
  metadata: string;
  attempt: number;
  failedAtMs: number;
}

/** The values in the order of the table's written columns. */
export function deadLetterValues(record: DeadLetterRecord): (string | number | null)[] {
  return [
    record.errorType,
    record.errorReason,
    record.errorDetails,
    record.eventType,
    record.originalValue,
    record.valueEncoding,
    record.originalKey,
    record.keyEncoding,
    record.headers,
    record.metadata,
    record.attempt,
    record.failedAtMs,
  ];
}

/**
 * @param maxValueBytes the limit of ORIGINAL_VALUE, in bytes of UTF-8. Only a prefix is kept of a longer value, and of a
 * key that is longer than that or than {@link MAX_KEY_BYTES}
 */
export function toDeadLetterRecord(letter: DeadLetter, maxValueBytes: number): DeadLetterRecord {
  const { message, errorType, reason, details, eventType, attempt, failedAtMs } = letter;
  const { topic, partition, offset, timestampMs, oversize } = message;
  const whole = oversize && {
    value: { bytes: oversize.valueBytes, sha256: oversize.sha256 },
    key: { bytes: oversize.keyBytes, sha256: oversize.keySha256 },
  };
  const value = message.value && keptBytes(message.value, maxValueBytes, whole?.value);
  const key = message.key && keptBytes(message.key, Math.min(maxValueBytes, MAX_KEY_BYTES), whole?.key);
  const headers = keptHeaders(message, Math.min(maxValueBytes, MAX_HEADERS_BYTES));
  const metadata = {
    topic,
    partition,
    offset,
    timestamp_ms: timestampJson(timestampMs),
    ...(headers.leftOut && { headers: headers.leftOut }),
    ...(key?.cutOff && { key: key.cutOff }),
    ...(value?.cutOff && { value: value.cutOff }),
  };
  return {
    errorType,
    errorReason: columnText(reason),
    errorDetails: columnJson(details),
    eventType: eventType === null ? null : columnText(eventType),
    originalValue: value?.text ?? null,
    valueEncoding: value?.encoding ?? null,
    originalKey: key?.text ?? null,
    keyEncoding: key?.encoding ?? null,
    headers: headers.json,
    metadata: JSON.stringify(metadata),
    attempt,
    failedAtMs,
  };
}

/** As many headers, in order, as fit into `maxBytes` of JSON. */
function keptHeaders(
  { headers, headersOmitted = 0 }: Pick<Message, 'headers' | 'headersOmitted'>,
  maxBytes: number,
) {
  const kept: string[] = [];
  const leftOut: Buffer[] = [];
  let bytes = 0;
  let omitted = headersOmitted;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of [values].flat()) {
      const json = headerJson(name, value);
      bytes += Buffer.byteLength(json) + 1;
      if (bytes <= maxBytes) kept.push(json);
      else {
        omitted += 1;
        if (value !== null) leftOut.push(value);
      }
    }
  }
  const sizes =
    leftOut.length === 0
      ? undefined
      : { bytes: leftOut.reduce((sum, each) => sum + each.length, 0), sha256: sha256Of(leftOut) };
  return { json: `[${kept.join(',')}]`, leftOut: omitted === 0 ? null : { omitted, ...sizes } };
}

/** The JSON of the column HEADERS. */
export function headersJson(headers: MessageHeaders): string {
  return keptHeaders({ headers }, MAX_HEADERS_BYTES).json;
}

function headerJson(name: string, value: HeaderValue): string {
  if (value === null) return columnJson({ name, value });
  const { text, encoding } = encodeBytes(value);
  return columnJson(encoding === 'utf8' ? { name, value: text } : { name, value: text, encoding });
}
