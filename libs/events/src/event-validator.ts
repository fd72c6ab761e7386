import type { Contracts } from './contracts/contract.js';
import { buildContracts } from './contracts/dto-contract.js';
import { EVENT_TYPE_FIELD, satisfiedContract, validate } from './contracts/validate.js';
import { decode, type Decoded, type DecodeLimits } from './decode.js';
import { jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { NearMisses } from './near-miss.js';
import type { Accepted, FieldFault, Rejected, RejectionType, ValidationResult } from './validation-result.js';

/** What becomes of events whose type has no contract. */
export const UNKNOWN_TYPE_POLICIES = ['store', 'dead-letter'] as const;
export type UnknownTypePolicy = (typeof UNKNOWN_TYPE_POLICIES)[number];

export interface EventValidatorOptions {
  /** The largest value that the warehouse accepts. */
  maxBytes: number;
  maxValues?: number;
  /** `store` if absent. */
  unknownTypes?: UnknownTypePolicy;
  /** Those of this build if absent. */
  contracts?: Contracts;
}

/** The width of the column EVENT_TYPE, in code points. */
const MAX_EVENT_TYPE_LENGTH = 50;

/** Parsing that many values takes at most 40 MB of memory and a quarter of a second. */
const MAX_VALUES = 250_000;

/** Validates a message's value against the contract of its event type. */
export class EventValidator {
  readonly #limits: DecodeLimits;

  readonly #unknownTypes: UnknownTypePolicy;
  readonly #contracts: Contracts;
  readonly #nearMisses = new NearMisses();

  constructor({
    maxBytes,
    maxValues = MAX_VALUES,
    unknownTypes = 'store',
    contracts = buildContracts(),
  }: EventValidatorOptions) {
    this.#limits = { maxBytes, maxValues };
    this.#unknownTypes = unknownTypes;
    this.#contracts = contracts;
  }

  /** Never throws, whatever the bytes. */
  validate(value: Buffer | null): ValidationResult {
    if (value === null) return { kind: 'tombstone' };
    const decoded = this.decode(value);
    return decoded.kind === 'refused'
      ? reject(decoded.type, decoded.reason)
      : this.validateObject(decoded.object, value);
  }

  /** The part of validation that does not depend on contracts. */
  decode(value: Buffer): Decoded {
    return decode(value, this.#limits);
  }

  /** The rest of it, for a value that {@link decode} returned as an object. */
  validateObject(event: JsonObject, value: Buffer): Accepted | Rejected {
    const contract = satisfiedContract(this.#contracts, event);
    if (contract === null) return this.#validateFields(event, value);
    const { label, eventType } = contract;
    return accept(event, value, { label, eventType, unknownFields: 0, invalidOptionalFields: 0 });
  }

  /** The slow path: validates an event that has no contract, or does not satisfy it completely. */
  #validateFields(event: JsonObject, value: Buffer): Accepted | Rejected {
    const named = event[EVENT_TYPE_FIELD];
    if (typeof named !== 'string') return this.#withoutContract(event, value, null);
    if (isTooLong(named)) return rejectEventType();
    const contract = this.#contracts.get(named);
    if (contract === undefined) return this.#withoutContract(event, value, named.toWellFormed());

    const { faults, unknownFields, invalidOptionalFields } = validate(contract, event);
    const { label, eventType } = contract;
    return faults.length > 0
      ? reject('invalid_schema', invalidSchemaReason(eventType, faults), faults, contract)
      : accept(event, value, { label, eventType, unknownFields, invalidOptionalFields });
  }

  #withoutContract(event: JsonObject, value: Buffer, named: string | null): Accepted | Rejected {
    const result =
      this.#unknownTypes === 'store'
        ? acceptOther(event, value, named)
        : rejectUnknown(event, named, this.#contracts);
    const contract = named === null ? null : this.#nearMisses.of(named);
    if (named !== null && contract !== null) result.nearMiss = { named, contract };
    return result;
  }
}

/** Accepts an event without a contract. Only fields that have their own column can be invalid. */
function acceptOther(event: JsonObject, content: Buffer, eventType: string | null): Accepted {
  const invalid = [
    eventType === null && isPresent(event[EVENT_TYPE_FIELD]),
    isPresent(event['product_id']) && columnInteger(event['product_id']) === null,
    isPresent(event['customer_id']) && columnInteger(event['customer_id']) === null,
  ];
  return accept(event, content, {
    label: 'other',
    eventType,
    unknownFields: 0,
    invalidOptionalFields: invalid.filter(Boolean).length,
  });
}

function accept(
  event: JsonObject,
  content: Buffer,
  // Destructured, because a spread would cost more than the rest of this function.
  {
    label,
    eventType,
    unknownFields,
    invalidOptionalFields,
  }: Pick<Accepted, 'label' | 'eventType' | 'unknownFields' | 'invalidOptionalFields'>,
): Accepted {
  return {
    kind: 'accept',
    label,
    eventType,
    productId: columnInteger(event['product_id']),
    customerId: columnInteger(event['customer_id']),
    content,
    unknownFields,
    invalidOptionalFields,
  };
}

function reject(
  type: RejectionType,
  reason: string,
  details: FieldFault[] = [],
  { label, eventType }: Pick<Rejected, 'label' | 'eventType'> = { label: 'other', eventType: null },
): Rejected {
  return { kind: 'reject', type, reason, details, label, eventType };
}

/** Rejects an event whose type has no contract. */
function rejectUnknown(event: JsonObject, named: string | null, contracts: Contracts): Rejected {
  const type = jsonType(event[EVENT_TYPE_FIELD] ?? null);
  const fault: FieldFault = {
    field: EVENT_TYPE_FIELD,
    rule: 'isIn',
    expected: `one of ${[...contracts.keys()].join(', ')}`,
    actualType: Object.hasOwn(event, EVENT_TYPE_FIELD) ? type : 'absent',
  };
  const reason = `${EVENT_TYPE_FIELD} names no contract, and UNKNOWN_EVENT_TYPES is dead-letter.`;
  return { ...reject('invalid_schema', reason, [fault]), eventType: named };
}

function rejectEventType(): Rejected {
  const fault: FieldFault = {
    field: EVENT_TYPE_FIELD,
    rule: 'maxLength',
    expected: `at most ${MAX_EVENT_TYPE_LENGTH} characters`,
    actualType: 'string',
  };
  return reject('invalid_schema', `${EVENT_TYPE_FIELD} is longer than ${MAX_EVENT_TYPE_LENGTH} characters.`, [
    fault,
  ]);
}

/** `ORDER_CREATED with 2 faulty fields: quantity (number; expected an integer of at least 1), ...` */
function invalidSchemaReason(eventType: string, faults: FieldFault[]): string {
  const fields = faults.map(
    ({ field, actualType, expected }) => `${field} (${actualType}; expected ${expected})`,
  );
  return `${eventType} with ${faults.length} faulty field${faults.length === 1 ? '' : 's'}: ${fields.join(', ')}.`;
}

/** Counts code points, as the column does. A code point takes at most two UTF-16 code units. */
function isTooLong(eventType: string): boolean {
  if (eventType.length <= MAX_EVENT_TYPE_LENGTH) return false;
  return eventType.length > 2 * MAX_EVENT_TYPE_LENGTH || Array.from(eventType).length > MAX_EVENT_TYPE_LENGTH;
}

function columnInteger(value: unknown): number | null {
  return Number.isSafeInteger(value) ? Number(value) : null;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && jsonType(value) !== 'null';
}
