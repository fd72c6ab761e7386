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

/** A dead letter to send to the topic that it came from. The coordinates are those of its message. */
export interface Redrive extends Coordinates {
  key: Buffer | null;
  value: Buffer;
  headers: readonly { name: string; value: HeaderValue }[];
  /** How often the message has become a dead letter so far. */
  attempt: number;
  /** The UUID that the warehouse has for it. */
  redriveId: string;
}

/** A Kafka record for the source topic, and about how many bytes it takes there. */
export interface RedriveMessage {
  redrive: Redrive;
  message: Message;
  bytes: number;
}

/**
 * The original key, value and headers, for the partition that the message came from: what has the same key is there.
 * Its timestamp is that of the redrive, so that retention does not take it at once.
 */
export function redriveMessage(redrive: Redrive): RedriveMessage {
  const { key, value, partition } = redrive;
  const headers: MessageHeaders = {};
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + value.length;
  for (const header of redrive.headers) {
    // Those of an earlier failure say nothing of this redrive.
    if (header.name.startsWith(OUR_HEADER_PREFIX)) continue;
    const before = headers[header.name];
    headers[header.name] = before === undefined ? header.value : [before, header.value].flat();
    bytes += header.name.length + (header.value?.length ?? 0);
  }
  const own = { [ATTEMPT_HEADER]: String(redrive.attempt), [REDRIVE_ID_HEADER]: redrive.redriveId };
  // kafkajs's types know no null.
  const all = { ...headers, ...own } as IHeaders;
  return { redrive, message: { key, value, partition, headers: all }, bytes };
}
