import type { EventLabel } from './event-types.js';
import type { JsonType } from './json.js';

/** One field that is not as the contract says. Holds no event content. */
export interface FieldFault {
  /** The field's name; the closed set of the DTO's own fields, and `event_type`. */
  field: string;
  /** The rule that failed, by class-validator's name: `isInt`, `isUuid`, `min`, ..., or `isDefined`. */
  rule: string;
  /** What is expected, as a person reads it: `an integer of at least 1`. */
  expected: string;
  /** The JSON type of what was given: `string`, `number`, `null`, `absent`, `array`, ... */
  actualType: JsonType | 'absent';
}

/** Why an event is refused before it reaches the warehouse. */
export type RejectionType = 'json_decode' | 'not_an_object' | 'invalid_schema' | 'too_large';

/** The message is an event, and is stored as it is. */
export interface Accepted {
  kind: 'accept';
  label: EventLabel;
  /** As sent (a lone surrogate as U+FFFD), at most 50 code points; null where the event names none. */
  eventType: string | null;
  /** Null where it is absent or no safe integer; so is {@link customerId}. */
  productId: number | null;
  customerId: number | null;
  /** The value that was validated, which is JSON in UTF-8. */
  content: Buffer;
  /** How many fields the contract does not know. An event without a contract has none. */
  unknownFields: number;
  /** How many optional fields the contract knows, but not like that. */
  unfitFields: number;
}

/** The message can never be stored. */
export interface Rejected {
  kind: 'reject';
  type: RejectionType;
  /** One sentence without event content, fit for a log. */
  reason: string;
  /** Every faulty field of an `invalid_schema`; else empty. */
  details: FieldFault[];
  label: EventLabel;
  /** Null where the event names none, or one too long to keep. */
  eventType: string | null;
}

/** What a message's value is worth. A value, never an exception. */
export type ValidationResult = Accepted | Rejected | { kind: 'tombstone' };
