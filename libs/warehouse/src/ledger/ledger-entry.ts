import { toTimestamp, type Timestamp } from '#pipeline';
import type { LedgerRow } from './ledger-query.js';

/** The form of a row's content: a hash of its text, or JSON if the engine does not keep the text. */
export type ContentKind = 'sha256' | 'json';

interface Placed {
  offset: number;
  timestampMs: Timestamp | null;
  key: string | null;
  /** `base64`, or anything else for text. */
  keyEncoding: string | null;
}

/** A row of RAW_EVENTS_STREAM. */
export interface RowEntry extends Placed {
  kind: 'row';
  content: string | null;
  contentKind: ContentKind;
  eventType: string | null;
  productId: number | null;
  customerId: number | null;
}

/** A row of SALES_EVENTS_DLQ. */
export interface LetterEntry extends Placed {
  kind: 'letter';
  errorType: string | null;
  /** The SHA-256 of ORIGINAL_VALUE. */
  content: string | null;
  /** The length of ORIGINAL_VALUE. */
  valueBytes: number | null;
  valueEncoding: string | null;
  /** The SHA-256 of the whole value if only a prefix is kept. */
  wholeSha256: string | null;
  /** As JSON. */
  headers: string | null;
}

/** A record as a table holds it. */
export type LedgerEntry = RowEntry | LetterEntry;

export function toLedgerEntry(row: LedgerRow, contentKind: ContentKind): LedgerEntry {
  const text = (name: string) => (row[name] ?? null) as string | null;
  const number = (name: string) => ((row[name] ?? null) === null ? null : Number(row[name]));
  const sent = text('SENT_MS');
  const placed = {
    offset: Number(row['O']),
    timestampMs: sent === null ? null : toTimestamp(sent),
    key: text('MESSAGE_KEY'),
    keyEncoding: text('KEY_ENCODING'),
    content: text('CONTENT'),
  };
  return row['KIND'] === 'row'
    ? {
        ...placed,
        kind: 'row',
        contentKind,
        eventType: text('EVENT_TYPE'),
        productId: number('PRODUCT_ID'),
        customerId: number('CUSTOMER_ID'),
      }
    : {
        ...placed,
        kind: 'letter',
        errorType: text('ERROR_TYPE'),
        valueBytes: number('VALUE_BYTES'),
        valueEncoding: text('VALUE_ENCODING'),
        wholeSha256: text('WHOLE_SHA256'),
        headers: text('HEADERS'),
      };
}
