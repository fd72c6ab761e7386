import { isRedriveId, REDRIVE_ID_HEADER, type DeadLetter, type MessageHeaders } from '#pipeline';
import type { IHeaders, Message } from 'kafkajs';
import { HEADER } from './dead-letter-headers.js';
import { RECORD_OVERHEAD_BYTES } from './requests.js';

/** The header with the partition that the message was read from. */
export const SOURCE_PARTITION_HEADER = 'dlq.source.partition';

/** Headers that kafkajs accepts; its types omit null. */
type Headers = Record<string, MessageHeaders[string] | string | IHeaders[string]>;

/**
 * The order in which parts of a letter are omitted if the topic cannot hold it. The table keeps what it can of each.
 */
const PARTS = ['value', 'headers', 'key'] as const;
type Part = (typeof PARTS)[number];

/** The most bytes per UTF-16 code unit. */
const MOST_UTF8_BYTES = 3;

/** A Kafka record for the dead-letter topic, and its estimated size. */
export interface DeadLetterMessage {
  message: Message & { value: Buffer | null };
  bytes: number;
  /** Returns the letter without one more part of its message, or null if no part is left. */
  shorter: () => DeadLetterMessage | null;
}

/**
 * Builds a record with the original value, key and headers, and adds headers with everything needed to understand and
 * repair the message. These replace the headers of an earlier failure of the same message.
 *
 * @param without the parts to omit; each is marked by a header
 */
export function deadLetterMessage(
  letter: DeadLetter,
  group: string,
  without: readonly Part[] = [],
): DeadLetterMessage {
  const { message } = letter;
  const key = without.includes('key') ? null : message.key;
  const value = without.includes('value') ? null : message.value;
  const headers: Headers = {
    ...(without.includes('headers') ? redriveIdOf(message.headers) : message.headers),
    [HEADER.errorType]: letter.errorType,
    [HEADER.reason]: letter.reason,
    [HEADER.details]: JSON.stringify(letter.details),
    [HEADER.sourceTopic]: message.topic,
    [SOURCE_PARTITION_HEADER]: String(message.partition),
    [HEADER.sourceOffset]: String(message.offset),
    [HEADER.sourceTimestamp]: String(message.timestampMs),
    [HEADER.eventType]: letter.eventType ?? '',
    [HEADER.group]: group,
    [HEADER.attempt]: String(letter.attempt),
    [HEADER.failedAt]: new Date(letter.failedAtMs).toISOString(),
    ...marks(letter, without),
  };
  return {
    message: { key, value, headers: headers as IHeaders },
    bytes: length(key) + length(value) + headerBytes(headers) + RECORD_OVERHEAD_BYTES,
    shorter: () => {
      const next = PARTS.find((part) => !without.includes(part) && has(letter, part));
      return next === undefined ? null : deadLetterMessage(letter, group, [...without, next]);
    },
  };
}

function marks({ message }: DeadLetter, without: readonly Part[]): Headers {
  const { key, value, headers, headersOmitted = 0, oversize } = message;
  const omitted = headersOmitted + (without.includes('headers') ? headerCount(headers) : 0);
  const valueBytes = oversize?.valueBytes ?? length(value);
  const keyBytes = oversize?.keyBytes ?? length(key);
  return {
    ...((without.includes('value') || valueBytes > length(value)) && {
      [HEADER.valueOmitted]: 'true',
      [HEADER.valueBytes]: String(valueBytes),
    }),
    ...(oversize && valueBytes > length(value) && { [HEADER.valueSha256]: oversize.sha256 }),
    ...(omitted > 0 && { [HEADER.headersOmitted]: String(omitted) }),
    ...((without.includes('key') || keyBytes > length(key)) && {
      [HEADER.keyOmitted]: 'true',
      [HEADER.keyBytes]: String(keyBytes),
    }),
  };
}

function has({ message }: DeadLetter, part: Part): boolean {
  return part === 'headers' ? headerCount(message.headers) > 0 : message[part] !== null;
}

/**
 * Keeps the redrive id, which identifies a redriven message. Other content of this header is dropped: it may be long.
 */
function redriveIdOf(headers: MessageHeaders): Headers {
  const id = [headers[REDRIVE_ID_HEADER] ?? null].flat().at(-1)?.toString('latin1') ?? '';
  return isRedriveId(id) ? { [REDRIVE_ID_HEADER]: id } : {};
}

function headerCount(headers: MessageHeaders): number {
  return Object.values(headers).reduce<number>(
    (count, value) => count + (Array.isArray(value) ? value.length : 1),
    0,
  );
}

/** Assumes the longest encoding for text, which is close enough and cheap. */
function headerBytes(headers: Headers): number {
  let bytes = 0;
  for (const name in headers) {
    const value = headers[name];
    bytes +=
      name.length + (Array.isArray(value) ? value.reduce((sum, each) => sum + most(each), 0) : most(value));
  }
  return bytes;
}

function most(value: Buffer | string | null | undefined): number {
  return typeof value === 'string' ? value.length * MOST_UTF8_BYTES : (value?.length ?? 0);
}

function length(bytes: Buffer | null): number {
  return bytes?.length ?? 0;
}
