import type { Message, MessageHeaders } from '../model/message.js';

/** How much the open batch can still accept. */
export interface Room {
  events: number;
  bytes: number;
}

/** The memory of a buffered message in addition to its bytes: its objects, and its share of the statement. */
export const OVERHEAD_BYTES = 160;

const HEADER_OVERHEAD_BYTES = 120;

/** How often a fetch that waits for room requests a heartbeat; kafkajs sends only those that are due. */
const HEARTBEAT_MS = 500;

/** The size of a buffered message as the byte limit counts it. */
export function costOf({ headers }: Message, keyBytes: number, valueBytes: number): number {
  return valueBytes + keyBytes + OVERHEAD_BYTES + headerCost(headers);
}

/** Estimates the memory of headers: each is an object, however short. */
function headerCost(headers: MessageHeaders): number {
  let bytes = 0;
  for (const name in headers) {
    const given = headers[name];
    for (const value of Array.isArray(given) ? given : [given]) {
      bytes += HEADER_OVERHEAD_BYTES + name.length + (value?.length ?? 0);
    }
  }
  return bytes;
}

/**
 * Waits while the buffer is full, and sends heartbeats so that the group keeps this member. Returns false if the
 * waiting fetch is no longer needed.
 */
export async function waitForRoom(
  buffer: { readonly isFull: boolean; readonly changed: Promise<void> },
  heartbeat: () => Promise<void>,
  isOver: () => boolean,
): Promise<boolean> {
  while (buffer.isFull) {
    if (isOver()) return false;
    const beat = Promise.withResolvers<void>();
    const timer = setTimeout(beat.resolve, HEARTBEAT_MS);
    await Promise.race([buffer.changed, beat.promise]);
    clearTimeout(timer);
    await heartbeat();
    if (isOver()) return false;
  }
  return true;
}
