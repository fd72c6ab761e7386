import { isTime, type Message, type StoredRow } from '#pipeline';

/** A partition that could not be written for a while: its messages arrived half an hour late. */
const OUTAGE = { partition: 1, from: 100, to: 104, delayMs: 1_800_000 };
const USUAL_DELAY_MS = 5_000;
/** The time assumed for messages with an invalid timestamp. */
export const UNTIMED_MS = Date.UTC(2026, 10, 10);

/** When a message arrived in the warehouse, in epoch milliseconds, as the test sets it. */
export function ingestedAtMs({ partition, offset, timestampMs }: Omit<Message, 'value'>): number {
  const isHeld = partition === OUTAGE.partition && offset >= OUTAGE.from && offset < OUTAGE.to;
  return (isTime(timestampMs) ? timestampMs : UNTIMED_MS) + (isHeld ? OUTAGE.delayMs : USUAL_DELAY_MS);
}

/** The same in SQL, for both engines. */
export const INGESTED_AT = `TO_TIMESTAMP_LTZ(
  CASE WHEN ${inMetadata('timestamp_ms')} BETWEEN 0 AND 253402300799999
    THEN ${inMetadata('timestamp_ms')} ELSE ${UNTIMED_MS} END
  + CASE WHEN ${inMetadata('partition')} = ${OUTAGE.partition}
      AND ${inMetadata('offset')} BETWEEN ${OUTAGE.from} AND ${OUTAGE.to - 1}
    THEN ${OUTAGE.delayMs} ELSE ${USUAL_DELAY_MS} END, 3)`;

function inMetadata(field: string): string {
  return `TRY_CAST(GET_PATH(EVENT_METADATA, '${field}')::VARCHAR AS DECIMAL(38, 0))`;
}

/** A stored message as the views should read it. */
export class Delivered {
  readonly event: Record<string, unknown>;
  readonly id: string | null;
  /** In epoch milliseconds, from event_ts if that is a valid time. */
  readonly eventMs: number | null;

  constructor(readonly row: StoredRow) {
    this.event = JSON.parse(row.content.toString()) as Record<string, unknown>;
    const id = { ORDER_CREATED: 'order_line_id', INVENTORY_ADJUSTED: 'event_id' }[row.eventType ?? ''];
    this.id = id === undefined ? null : (this.text(id)?.toLowerCase() ?? null);
    const ms = typeof this.event['event_ts'] === 'string' ? Date.parse(this.event['event_ts']) : NaN;
    this.eventMs = Number.isNaN(ms) ? null : ms;
  }

  get place(): string {
    const { topic, partition, offset } = this.row.message;
    return `${topic}-${partition}@${offset}`;
  }

  get occurredMs(): number {
    return this.eventMs ?? Number(this.row.message.timestampMs);
  }

  get ingestedMs(): number {
    return ingestedAtMs(this.row.message);
  }

  /** A field as text, or as JSON if it is not a string. */
  text(field: string): string | null {
    const value = this.event[field];
    if (value === undefined || value === null) return null;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  /** A field as a number, even if it is numeric text; null if it is not a number. */
  number(field: string): number | null {
    const value = this.event[field];
    if (typeof value !== 'number' && typeof value !== 'string') return null;
    return Number.isNaN(Number(value)) ? null : Number(value);
  }
}
