import type { DeadLetter, MessageHeaders } from '#pipeline';
import type { IHeaders, Message } from 'kafkajs';
import { HEADER } from './dead-letter-headers.js';
import { RECORD_OVERHEAD_BYTES } from './requests.js';

/** The partition that the message was read from. */
export const SOURCE_PARTITION_HEADER = 'dlq.source.partition';

/** As kafkajs takes headers, though its types know no null. */
type Headers = Record<string, MessageHeaders[string] | string | IHeaders[string]>;

/** Of a unit of a string. */
const MOST_UTF8_BYTES = 3;

/** A Kafka record for the dead-letter topic, and about how many bytes it takes there. */
export interface DeadLetterMessage {
  message: Message & { value: Buffer | null };
  bytes: number;
}

/**
 * The original bytes, key and headers, and beside them all that is needed to understand and repair the message.
 * Headers of ours replace those of an earlier failure of the same message.
 */
export function deadLetterMessage(letter: DeadLetter, group: string): DeadLetterMessage {
  const { message } = letter;
  const omitted = message.headersOmitted ?? 0;
  const headers: Headers = {
    ...message.headers,
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
    ...(omitted === 0 ? undefined : { [HEADER.headersOmitted]: String(omitted) }),
  };
  return {
    message: { key: message.key, value: message.value, headers: headers as IHeaders },
    bytes: length(message.key) + length(message.value) + headerBytes(headers) + RECORD_OVERHEAD_BYTES,
  };
}

/** The same record without its value, for a topic that cannot hold it: the dead-letter table keeps what it can. */
export function withoutValue({ message }: DeadLetterMessage): DeadLetterMessage {
  const omitted = { [HEADER.valueOmitted]: 'true', [HEADER.valueBytes]: String(length(message.value)) };
  const headers: IHeaders = { ...message.headers, ...omitted };
  return {
    message: { ...message, value: null, headers },
    bytes: length(message.key) + headerBytes(headers) + RECORD_OVERHEAD_BYTES,
  };
}

/** Of text at most, which is close enough and cheap. */
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

function length(bytes: Buffer | string | null | undefined): number {
  return bytes === null || bytes === undefined ? 0 : Buffer.byteLength(bytes);
}
