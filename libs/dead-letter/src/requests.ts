import { isKafkaErrorType } from '#kafka';

/** kafkajs sends all messages for a partition as one record batch, and brokers accept 1 MiB by default. */
const MAX_REQUEST_BYTES = 512 * 1024;

/** The errors for a record that is larger than the topic allows. */
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** The default limit for a request (socket.request.max.bytes), minus room for its other fields. */
export const MOST_REQUEST_BYTES = 100 * 1024 * 1024 - 64 * 1024;

/** The default limit for a record batch (max.message.bytes). */
export const USUAL_MAX_BYTES = 1024 * 1024;

/** The errors when the broker closes a connection. */
const HANG_UPS = ['EPIPE', 'ECONNRESET', 'KafkaJSConnectionClosedError'];

/** An estimate of what the broker counts per record in addition to key, value and headers. */
export const RECORD_OVERHEAD_BYTES = 200;

/** Splits the messages, in order, into requests that a broker accepts; each has at least one message. */
export function requests<T extends { bytes: number }>(messages: readonly T[]): T[][] {
  const cut: T[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    if (bytes + message.bytes > MAX_REQUEST_BYTES) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)?.push(message);
    bytes += message.bytes;
  }
  return cut;
}

export function isHangUp(error: unknown): boolean {
  return HANG_UPS.some((type) => isKafkaErrorType(error, type));
}

export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.some((type) => isKafkaErrorType(error, type));
}
