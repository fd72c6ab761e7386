import type { Accepted } from '#events';
import { isTime, type Message } from '#pipeline';
import { eventMetadata } from '#warehouse';
import { columnValue, OTHER, type EventColumn } from './event-columns.js';

/** An event as a row: typed fields, and JSON with the fields that no column can hold. */
export interface CompactedEvent {
  /** The event type of a contract, or {@link OTHER}. */
  folder: string;
  /** `2026-01-31`, by the record's time in UTC. */
  day: string;
  values: (string | number | boolean | null)[];
  otherFields: string | null;
  key: string | null;
  keyEncoding: string | null;
}

/** Times before are mistakes: no shop sold wine through Kafka then. */
const FIRST_MS = Date.UTC(2010, 0, 1);
/** The day of records without a plausible time. */
export const UNDATED = '1970-01-01';

/** Parses numbers as their text, where a double would lose digits. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => object };
const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && /\d{16}/.test(source)
    ? rawJSON(source)
    : value;

/**
 * @param columns by event type
 * @param untilMs later times are mistakes
 */
export function compactedEvent(
  message: Message,
  { eventType, content, productId, customerId }: Accepted,
  columns: ReadonlyMap<string, readonly EventColumn[]>,
  untilMs: number,
): CompactedEvent {
  const text = content.toString();
  const event = JSON.parse(text, ...(/\d{16}/.test(text) ? [keepDigits as never] : [])) as Record<
    string,
    unknown
  >;
  const own = columns.get(eventType ?? '');
  const typed = new Map((own ?? []).map((column) => [column.name, columnValue(column, event[column.name])]));
  if (Object.hasOwn(event, 'event_type') && event['event_type'] === eventType) typed.set('event_type', '');
  const isInColumn = (name: string, value: unknown) =>
    typed.get(name) !== undefined || (typed.has(name) && value === null);
  const others = Object.entries(event).filter(
    ([name, value]) => own === undefined || !isInColumn(name, value),
  );
  const { key, key_encoding: keyEncoding = null } = JSON.parse(eventMetadata(message)) as {
    key: string | null;
    key_encoding?: string;
  };
  return {
    folder: own === undefined ? OTHER : (eventType ?? OTHER),
    day: dayOf(message.timestampMs, untilMs),
    values: own === undefined ? [productId, customerId] : own.map(({ name }) => typed.get(name) ?? null),
    otherFields: others.length === 0 ? null : JSON.stringify(Object.fromEntries(others)),
    key,
    keyEncoding,
  };
}

function dayOf(timestampMs: Message['timestampMs'], untilMs: number): string {
  const isPlausible = isTime(timestampMs) && timestampMs >= FIRST_MS && timestampMs <= untilMs;
  return isPlausible ? new Date(timestampMs).toISOString().slice(0, 10) : UNDATED;
}
