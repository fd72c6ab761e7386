import { isKafkaErrorType } from '#kafka';

/** kafkajs sends all messages for a partition as one record batch, and brokers take 1 MiB of it by default. */
const MAX_REQUEST_BYTES = 512 * 1024;

/** What a broker answers, or kafkajs before it, where a record is larger than the topic takes. */
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** What brokers take of a request by default (socket.request.max.bytes), with room for what is around the records. */
export const MOST_REQUEST_BYTES = 100 * 1024 * 1024 - 64 * 1024;

/** What topics take of a batch by default (max.message.bytes). */
export const USUAL_MAX_BYTES = 1024 * 1024;

/** How a connection ends that the broker closes. */
const HANG_UPS = ['EPIPE', 'ECONNRESET', 'KafkaJSConnectionClosedError'];

/** Room for a record's own fields and for what the broker counts besides key, value and headers. */
export const RECORD_OVERHEAD_BYTES = 200;

/** The messages in their order, cut into requests that a broker takes, one message at least. */
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
