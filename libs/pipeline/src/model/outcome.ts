import type { EventLabel, FieldFault, RejectionType } from '#events';
import type { Message } from './message.js';

/** A row of RAW_EVENTS_STREAM. */
export interface StoredRow {
  message: Omit<Message, 'value'>;
  /** As sent, at most 50 characters; null where the event names none. */
  eventType: string | null;
  /** The closed set that metrics and the session's statistics count by. */
  label: EventLabel;
  productId: number | null;
  customerId: number | null;
  /** The producer's own JSON in UTF-8, never a re-serialisation. */
  content: Buffer;
  /** What a redriven dead letter carries, so that it is stored once however often it was sent; null for others. */
  redriveId: string | null;
}

/**
 * Why a message cannot be stored. `warehouse_rejected` is found by the warehouse; `unreadable` is an offset that an operator
 * passed over, whose record nobody could read; the others are found before either.
 */
export type ErrorType = RejectionType | 'warehouse_rejected' | 'unreadable';

/** Every error type that the service finds, in the order in which documents and dashboards list them. */
export const ERROR_TYPES = [
  'json_decode',
  'not_an_object',
  'invalid_schema',
  'too_large',
  'warehouse_rejected',
] as const satisfies readonly ErrorType[];

/** Those and what an operator makes dead letters of. */
export const LETTER_TYPES = [...ERROR_TYPES, 'unreadable'] as const satisfies readonly ErrorType[];

/** A message that cannot be stored, with all that is needed to understand and repair it. */
export interface DeadLetter {
  message: Message;
  errorType: ErrorType;
  /** One sentence without event content, fit for a log. */
  reason: string;
  details: FieldFault[];
  eventType: string | null;
  label: EventLabel;
  /** 1 for the first failure; a redriven message that fails again counts on. */
  attempt: number;
  failedAtMs: number;
}

/** What is decided for a message. A value, never an exception. */
export type Outcome =
  | { kind: 'store'; row: StoredRow }
  | { kind: 'dead-letter'; letter: DeadLetter }
  | { kind: 'skip'; reason: 'tombstone' };
