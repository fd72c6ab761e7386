import type { DeadLetter } from '#pipeline';
import type { IHeaders, Message } from 'kafkajs';
import { RECORD_OVERHEAD_BYTES } from './requests.js';

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
  const headers: IHeaders = {
    ...message.headers,
    'dlq.error.type': letter.errorType,
    'dlq.error.reason': letter.reason,
    'dlq.error.details': JSON.stringify(letter.details),
    'dlq.source.topic': message.topic,
    'dlq.source.partition': String(message.partition),
    'dlq.source.offset': String(message.offset),
    'dlq.source.timestamp': String(message.timestampMs),
    'dlq.event.type': letter.eventType ?? '',
    'dlq.group': group,
    'dlq.attempt': String(letter.attempt),
    'dlq.failed.at': new Date(letter.failedAtMs).toISOString(),
  };
  return {
    message: { key: message.key, value: message.value, headers },
    bytes: length(message.key) + length(message.value) + headerBytes(headers) + RECORD_OVERHEAD_BYTES,
  };
}

/** The same record without its value, for a topic that cannot hold it: the dead-letter table keeps what it can. */
export function withoutValue({ message }: DeadLetterMessage): DeadLetterMessage {
  const omitted = { 'dlq.value.omitted': 'true', 'dlq.value.bytes': String(length(message.value)) };
  const headers: IHeaders = { ...message.headers, ...omitted };
  return {
    message: { ...message, value: null, headers },
    bytes: length(message.key) + headerBytes(headers) + RECORD_OVERHEAD_BYTES,
  };
}

function headerBytes(headers: IHeaders): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) =>
      sum + name.length + [value].flat().reduce((bytes, each) => bytes + length(each), 0),
    0,
  );
}

function length(bytes: Buffer | string | null | undefined): number {
  return bytes === null || bytes === undefined ? 0 : Buffer.byteLength(bytes);
}
