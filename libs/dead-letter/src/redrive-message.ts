import { ATTEMPT_HEADER, REDRIVE_ID_HEADER, type Coordinates } from '#pipeline';
import type { IHeaders, Message } from 'kafkajs';
import { RECORD_OVERHEAD_BYTES } from './requests.js';

/** A dead letter to send to the topic that it came from. The coordinates are those of its message. */
export interface Redrive extends Coordinates {
  key: Buffer | null;
  value: Buffer;
  headers: readonly { name: string; value: Buffer }[];
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

/** Every header of ours begins so; those of an earlier failure say nothing of this redrive. */
const OUR_PREFIX = 'dlq.';

/**
 * The original key, value and headers, for the partition that the message came from: what has the same key is there.
 * Its timestamp is that of the redrive, so that retention does not take it at once.
 */
export function redriveMessage(redrive: Redrive): RedriveMessage {
  const { key, value, partition } = redrive;
  const headers: IHeaders = {};
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + value.length;
  for (const header of redrive.headers) {
    if (header.name.startsWith(OUR_PREFIX)) continue;
    const before = headers[header.name];
    headers[header.name] = before === undefined ? header.value : [before, header.value].flat();
    bytes += header.name.length + header.value.length;
  }
  headers[ATTEMPT_HEADER] = String(redrive.attempt);
  headers[REDRIVE_ID_HEADER] = redrive.redriveId;
  return { redrive, message: { key, value, partition, headers }, bytes };
}
