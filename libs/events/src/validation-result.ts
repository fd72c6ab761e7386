import type { EventLabel } from './event-types.js';
import type { ContractType } from './near-miss.js';
import type { JsonType } from './json.js';

/** One field that violates the contract. Contains no event content. */
export interface FieldFault {
  /** The field's name: one of the DTO's fields, or `event_type`. */
  field: string;
  /** The broken rule by class-validator's name: `isInt`, `isUuid`, `min`, ..., or `isDefined`. */
  rule: string;
  /** What is expected, for people: `an integer of at least 1`. */
  expected: string;
  /** The JSON type of the value: `string`, `number`, `null`, `absent`, `array`, ... */
  actualType: JsonType | 'absent';
}

/** Why an event is refused before it reaches the warehouse. */
export type RejectionType = 'json_decode' | 'not_an_object' | 'invalid_schema' | 'too_large';

/** A type without a contract that resembles one: `ORDER_CRAETED`, `order_created`. */
export interface NearMiss {
  /** The type that the event names. */
  named: string;
  contract: ContractType;
}

/** The message is an event, and is stored unchanged. */
export interface Accepted {
  kind: 'accept';
  label: EventLabel;
  /** At most 50 code points, lone surrogates replaced by U+FFFD; null if the event has no type. */
  eventType: string | null;
  /** Like {@link customerId}, null if it is absent or not a safe integer. */
  productId: number | null;
  customerId: number | null;
  /** The validated value: JSON in UTF-8. */
  content: Buffer;
  /** The number of fields that the contract does not declare; 0 for an event without a contract. */
  unknownFields: number;
  /** The number of optional fields with a wrong value. */
  invalidOptionalFields: number;
  /** Only for an event without a contract. */
  nearMiss?: NearMiss;
}

/** The message can never be stored. */
export interface Rejected {
  kind: 'reject';
  type: RejectionType;
  /** One sentence without event content, safe to log. */
  reason: string;
  /** The faulty fields if the type is `invalid_schema`; otherwise empty. */
  details: FieldFault[];
  label: EventLabel;
  /** Null if the event has no type, or one that is too long. */
  eventType: string | null;
  /** Only for an event without a contract. */
  nearMiss?: NearMiss;
}

/** The outcome of validating a message's value; never an exception. */
export type ValidationResult = Accepted | Rejected | { kind: 'tombstone' };
