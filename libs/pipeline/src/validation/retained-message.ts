import type { HeaderValue, Message, MessageHeaders } from '../model/message.js';
import type { StoredRow } from '../model/outcome.js';
import type { ByteStore } from './byte-store.js';

// Messages wait until their batch is settled. Those of a compact fetch reference its memory. Those of other fetches are
// copied, so that a few bytes do not keep the whole fetch in memory.

const NO_BYTES = Buffer.alloc(0);

/** A row that slices its content out of the fetch only when it is written: tens of thousands of rows wait. */
export class FetchedRow implements StoredRow {
  constructor(
    readonly message: Message,
    readonly eventType: StoredRow['eventType'],
    readonly label: StoredRow['label'],
    readonly productId: number | null,
    readonly customerId: number | null,
    readonly redriveId: string | null,
  ) {}

  get content(): Buffer {
    return this.message.value ?? NO_BYTES;
  }
}

/** Copies coordinates, key and headers, without the value. */
export function copyForRow(message: Message, bytes: ByteStore): StoredRow['message'] {
  const { topic, partition, offset, timestampMs, key, headers, headersOmitted = 0 } = message;
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: key && bytes.copy(key),
    headers: copyHeaders(headers),
    headersOmitted,
  };
}

export function copyMessage(message: Message): Message {
  const { topic, partition, offset, timestampMs, key, value, headers, headersOmitted = 0 } = message;
  return {
    topic,
    partition,
    offset,
    timestampMs,
    key: key && Buffer.from(key),
    value: value && Buffer.from(value),
    headers: copyHeaders(headers),
    headersOmitted,
  };
}

const NO_HEADERS: MessageHeaders = Object.freeze({});

function copyHeaders(headers: MessageHeaders): MessageHeaders {
  if (isEmpty(headers)) return NO_HEADERS;
  const copy = (bytes: HeaderValue) => bytes && Buffer.from(bytes);
  return Object.fromEntries(
    Object.entries(headers).map(([name, bytes]) => [
      name,
      Array.isArray(bytes) ? bytes.map(copy) : copy(bytes),
    ]),
  );
}

/** Without Object.keys, whose array per message adds up: most messages have no headers. */
function isEmpty(headers: MessageHeaders): boolean {
  for (const name in headers) return false;
  return true;
}
