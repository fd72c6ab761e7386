import type { EventLabel, FieldFault, RejectionType } from '#events';
import type { Message } from './message.js';

/** A row of RAW_EVENTS_STREAM. */
export interface StoredRow {
  message: Omit<Message, 'value'>;
  /** At most 50 characters; null if the event has no type. */
  eventType: string | null;
  /** The label for metrics and the session's statistics. */
  label: EventLabel;
  productId: number | null;
  customerId: number | null;
  /** The producer's JSON in UTF-8, unchanged. */
  content: Buffer;
  /** Identifies a redriven dead letter, so that it is stored once however often it was sent; null for other events. */
  redriveId: string | null;
}

/**
 * Why a message cannot be stored. `warehouse_rejected` comes from the warehouse; `unreadable` is an offset without a
 * readable record that an operator skipped; validation finds the others.
 */
export type ErrorType = RejectionType | 'warehouse_rejected' | 'unreadable';

/** The error types that the service finds, in the order of documents and dashboards. */
export const ERROR_TYPES = [
  'json_decode',
  'not_an_object',
  'invalid_schema',
  'too_large',
  'warehouse_rejected',
] as const satisfies readonly ErrorType[];

/** All types of dead letters, including those that an operator creates. */
export const LETTER_TYPES = [...ERROR_TYPES, 'unreadable'] as const satisfies readonly ErrorType[];

/** A message that cannot be stored, with everything needed to understand and repair it. */
export interface DeadLetter {
  message: Message;
  errorType: ErrorType;
  /** One sentence without event content, safe to log. */
  reason: string;
  details: FieldFault[];
  eventType: string | null;
  label: EventLabel;
  /** 1 for the first failure; each failure after a redrive adds 1. */
  attempt: number;
  failedAtMs: number;
}

/** The decision about a message; never an exception. */
export type Outcome =
  | { kind: 'store'; row: StoredRow }
  | { kind: 'dead-letter'; letter: DeadLetter }
  | { kind: 'skip'; reason: 'tombstone' };
