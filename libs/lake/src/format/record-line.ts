import { isUtf8 } from 'node:buffer';
import {
  timestampJson,
  toTimestamp,
  type HeaderValue,
  type Message,
  type MessageHeaders,
  type Oversize,
} from '#pipeline';

/**
 * A line of an object. Texts are JSON strings. Bytes that are not UTF-8 text are in a field with the suffix `_base64`
 * instead, so that every byte can be restored. A tombstone has the value null.
 */
interface Line {
  partition: number;
  offset: number;
  /** A string if a JSON number would lose digits. */
  timestamp: number | string;
  timestamp_type: NonNullable<Message['timestampType']>;
  key?: string | null;
  key_base64?: string;
  headers: { name: string; value?: string | null; value_base64?: string }[];
  /** The number of headers that the record had beyond those. */
  headers_omitted?: number;
  value?: string | null;
  value_base64?: string;
  /** Set if key, value and headers are only their beginnings, because the record is too large for memory. */
  oversize?: Oversize;
}

/** The record as a line of JSON, with the line break. */
export function toLine(message: Message): string {
  const { partition, offset, timestampMs, timestampType = 'CreateTime', headers } = message;
  const { headersOmitted = 0, oversize = null } = message;
  const timestamp = JSON.stringify(timestampJson(timestampMs));
  return (
    `{"partition":${partition},"offset":${offset},"timestamp":${timestamp},"timestamp_type":"${timestampType}",` +
    `${field('key', message.key)},"headers":${headersJson(headers)}` +
    (headersOmitted > 0 ? `,"headers_omitted":${headersOmitted}` : '') +
    (oversize === null ? '' : `,"oversize":${JSON.stringify(oversize)}`) +
    `,${field('value', message.value)}}\n`
  );
}

/** Null if the line is not one that {@link toLine} writes. */
export function fromLine(line: string, topic: string): Message | null {
  try {
    const parsed = JSON.parse(line) as Line;
    const { partition, offset, timestamp, timestamp_type, headers_omitted = 0, oversize = null } = parsed;
    if (!Number.isSafeInteger(partition) || !Number.isSafeInteger(offset)) return null;
    return {
      topic,
      partition,
      offset,
      timestampMs: toTimestamp(timestamp),
      timestampType: timestamp_type,
      key: bytesOf(parsed.key, parsed.key_base64),
      value: bytesOf(parsed.value, parsed.value_base64),
      headers: headersFrom(parsed.headers),
      headersOmitted: headers_omitted,
      oversize,
    };
  } catch {
    return null;
  }
}

/** A key or value as a field of the line. */
export function field(name: string, bytes: HeaderValue): string {
  if (bytes === null) return `"${name}":null`;
  const text = textOf(bytes);
  return text === null ? `"${name}_base64":"${bytes.toString('base64')}"` : `"${name}":${text}`;
}

/**
 * The bytes as a JSON string; null if they are not text. NUL counts as binary, because many readers end a text there,
 * and so does what would take more room than in base64.
 */
function textOf(bytes: Buffer): string | null {
  if (!isUtf8(bytes) || bytes.includes(0)) return null;
  const text = JSON.stringify(bytes.toString());
  return text.length > 2 * bytes.length + 16 ? null : text;
}

function headersJson(headers: MessageHeaders): string {
  const list: string[] = [];
  for (const name in headers) {
    const given = headers[name] ?? null;
    for (const value of Array.isArray(given) ? given : [given])
      list.push(`{"name":${JSON.stringify(name)},${field('value', value)}}`);
  }
  return `[${list.join(',')}]`;
}

function headersFrom(list: Line['headers']): MessageHeaders {
  const headers = new Map<string, HeaderValue | HeaderValue[]>();
  for (const { name, value, value_base64 } of list) {
    const bytes = bytesOf(value, value_base64);
    const before = headers.get(name);
    if (before === undefined) headers.set(name, bytes);
    else if (Array.isArray(before)) before.push(bytes);
    else headers.set(name, [before, bytes]);
  }
  return Object.fromEntries(headers);
}

function bytesOf(text: string | null | undefined, base64: string | undefined): Buffer | null {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return text === null || text === undefined ? null : Buffer.from(text);
}
