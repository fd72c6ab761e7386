/** The event types that have a DTO, and `other` for all the rest: the closed set for metric labels. */
export type EventLabel = string;

/** One field that is not as the contract says. Holds no event content. */
export interface FieldFault {
  /** The field's name; the closed set of the DTO's own fields. */
  field: string;
  /** The rule that failed, by class-validator's name: `isInt`, `isUuid`, `min`, `isDefined`, ... */
  rule: string;
  /** What is expected, as a person reads it: `an integer of at least 1`. */
  expected: string;
  /** The JSON type of what was given: `string`, `number`, `null`, `absent`, `array`, ... */
  actualType: string;
}

/** Why an event is refused before it reaches the warehouse. */
export type RejectionType = 'json_decode' | 'not_an_object' | 'invalid_schema' | 'too_large';
