import type { FieldFault } from '#events';
import {
  LETTER_TYPES,
  toTimestamp,
  type DeadLetter,
  type ErrorType,
  type Message,
  type MessageHeaders,
  type Timestamp,
} from '#pipeline';
import { HEADER } from './dead-letter-headers.js';

/** A dead letter that was read from its topic. */
export interface ReceivedDeadLetter extends Omit<DeadLetter, 'label'> {
  /** The failed message with its source coordinates, without the headers about the failure. */
  message: Message;
  /** The consumer group in which it failed. */
  group: string;
  /** The size of a value that is missing or incomplete here; null if the value is complete. */
  omittedBytes: number | null;
  /** The same for the key. */
  omittedKeyBytes: number | null;
  /** The hash of the complete value if only its beginning is here; otherwise null. */
  sha256: string | null;
}

const OURS: ReadonlySet<string> = new Set(Object.values(HEADER));

/** Reads back a record that deadLetterMessage wrote. Returns null for any other record. */
export function receivedDeadLetter({ key, value, headers }: Message): ReceivedDeadLetter | null {
  const text = (name: string) => headerText(headers, name);
  const count = (name: string) => (/^\d{1,15}$/.test(text(name)) ? Number(text(name)) : NaN);
  const errorType = LETTER_TYPES.find((type): type is ErrorType => type === text(HEADER.errorType));
  const place = {
    topic: text(HEADER.sourceTopic),
    partition: count(HEADER.sourcePartition),
    offset: count(HEADER.sourceOffset),
    timestampMs: timestamp(text(HEADER.sourceTimestamp)),
  };
  const failedAtMs = Date.parse(text(HEADER.failedAt));
  const attempt = count(HEADER.attempt);
  const details = detailsOf(text(HEADER.details));
  const numbers = [place.partition, place.offset, place.timestampMs, failedAtMs, attempt];
  if (errorType === undefined || place.topic === '' || numbers.some(Number.isNaN) || details === null)
    return null;
  return {
    message: {
      ...place,
      key,
      value,
      headers: withoutOurs(headers),
      ...(text(HEADER.headersOmitted) === ''
        ? undefined
        : { headersOmitted: count(HEADER.headersOmitted) || 0 }),
    },
    errorType,
    reason: text(HEADER.reason),
    details,
    eventType: text(HEADER.eventType) || null,
    attempt,
    failedAtMs,
    group: text(HEADER.group),
    sha256: text(HEADER.valueSha256) || null,
    omittedBytes: text(HEADER.valueOmitted) === 'true' ? count(HEADER.valueBytes) || 0 : null,
    omittedKeyBytes: text(HEADER.keyOmitted) === 'true' ? count(HEADER.keyBytes) || 0 : null,
  };
}

/** Parses a 64-bit integer; returns NaN for other text. */
function timestamp(text: string): Timestamp {
  return /^-?\d{1,19}$/.test(text) ? toTimestamp(text) : NaN;
}

function detailsOf(json: string): FieldFault[] | null {
  try {
    const details: unknown = JSON.parse(json);
    return Array.isArray(details) && details.every(isFieldFault) ? details : null;
  } catch {
    return null;
  }
}

function isFieldFault(fault: unknown): fault is FieldFault {
  if (typeof fault !== 'object' || fault === null) return false;
  const { field, rule, expected, actualType } = fault as Record<string, unknown>;
  return [field, rule, expected, actualType].every((each) => typeof each === 'string');
}

function withoutOurs(headers: MessageHeaders): MessageHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OURS.has(name)));
}

/** Returns the last value of this header, or empty text. */
function headerText(headers: MessageHeaders, name: string): string {
  const given = headers[name];
  return (Array.isArray(given) ? given.at(-1) : given)?.toString('utf8') ?? '';
}
