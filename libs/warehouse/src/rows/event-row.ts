import { timestampJson, type Message, type StoredRow } from '#pipeline';
import { columnText, encodeBytes } from './text.js';

/** A row of RAW_EVENTS_STREAM, in the order of its written columns. */
export interface EventRow {
  eventType: string | null;
  productId: number | null;
  customerId: number | null;
  /** JSON; see {@link eventMetadata}. */
  metadata: string;
  /** The producer's own text. */
  content: string;
}

export function toEventRow({ message, eventType, productId, customerId, content }: StoredRow): EventRow {
  return {
    eventType: eventType === null ? null : columnText(eventType),
    productId,
    customerId,
    metadata: eventMetadata(message),
    content: content.toString(),
  };
}

/**
 * EVENT_METADATA as JSON: `{topic, partition, offset, timestamp_ms, key}`; `key` is null if there is none. A key that is
 * not text is base64, with `key_encoding: 'base64'`. A timestamp beyond 2^53 is text; see Timestamp.
 */
export function eventMetadata(message: Omit<Message, 'value' | 'headers'>): string {
  const { topic, partition, offset, timestampMs, key } = message;
  const place = { topic, partition, offset, timestamp_ms: timestampJson(timestampMs) };
  if (key === null) return JSON.stringify({ ...place, key: null });
  const { text, encoding } = encodeBytes(key);
  return JSON.stringify(
    encoding === 'utf8' ? { ...place, key: text } : { ...place, key: text, key_encoding: encoding },
  );
}
