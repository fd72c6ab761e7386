import {
  ATTEMPT_HEADER,
  OUR_HEADER_PREFIX,
  REDRIVE_ID_HEADER,
  type Coordinates,
  type HeaderValue,
  type MessageHeaders,
} from '#pipeline';
import type { IHeaders, Message } from 'kafkajs';
import { RECORD_OVERHEAD_BYTES } from './requests.js';

/** A dead letter to send back to its source topic. The coordinates are those of its message. */
export interface Redrive extends Coordinates {
  key: Buffer | null;
  value: Buffer;
  headers: readonly { name: string; value: HeaderValue }[];
  /** How often the message has become a dead letter. */
  attempt: number;
  /** The UUID under which the warehouse knows the redrive. */
  redriveId: string;
}

/** A Kafka record for the source topic, and its estimated size. */
export interface RedriveMessage {
  redrive: Redrive;
  message: Message;
  bytes: number;
}

/**
 * Builds a record with the original key, value and headers for the original partition, where messages with the same key
 * are. Its timestamp is the time of the redrive, so that retention does not delete it at once.
 */
export function redriveMessage(redrive: Redrive): RedriveMessage {
  const { key, value, partition } = redrive;
  const headers: MessageHeaders = {};
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + value.length;
  for (const header of redrive.headers) {
    // Headers of an earlier failure do not apply to this redrive.
    if (header.name.startsWith(OUR_HEADER_PREFIX)) continue;
    const before = headers[header.name];
    headers[header.name] = before === undefined ? header.value : [before, header.value].flat();
    bytes += header.name.length + (header.value?.length ?? 0);
  }
  const own = { [ATTEMPT_HEADER]: String(redrive.attempt), [REDRIVE_ID_HEADER]: redrive.redriveId };
  // kafkajs's types omit null.
  const all = { ...headers, ...own } as IHeaders;
  return { redrive, message: { key, value, partition, headers: all }, bytes };
}
