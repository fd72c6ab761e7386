import type { Message, MessageHeaders } from '../model/message.js';

/** How much the open batch can still take. */
export interface Room {
  events: number;
  bytes: number;
}

/** What a buffered message costs beyond its bytes: the objects around it, and its share of the statement. */
export const OVERHEAD_BYTES = 160;

const HEADER_OVERHEAD_BYTES = 120;

/** How often a fetch that waits for room sends a heartbeat; kafkajs sends fewer of them to the group. */
const HEARTBEAT_MS = 500;

/** What a message costs while it is buffered, by the byte limit's measure. */
export function costOf({ headers }: Message, keyBytes: number, valueBytes: number): number {
  return valueBytes + keyBytes + OVERHEAD_BYTES + headerCost(headers);
}

/** About the memory that headers take: each is an object of its own, however short. */
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
 * Waits while the buffer is full, and sends heartbeats so that the group keeps this member. Returns false when the fetch
 * that waits is no longer wanted.
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
