import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, IS_OPTIONAL, validateSync } from 'class-validator';
import type { DtoClass } from './event-types.js';
import { jsonType } from './json.js';
import type { JsonObject } from './json.js';
import type { FieldFault } from './verdict.js';

/** How an event differs from its contract. */
export interface Findings {
  /** Every required field that is absent, null or not as its rules say; one fault a field. */
  faults: FieldFault[];
  /** How many optional fields are not as their rules say. Null stands for absent. */
  unfitFields: number;
  /** How many fields the contract does not know. */
  unknownFields: number;
}

/** The field that names the contract; no DTO declares it, every contract knows it. */
export const EVENT_TYPE_FIELD = 'event_type';

/** Compares an event with the contract of its type. */
export function validate(dtoClass: DtoClass, event: JsonObject): Findings {
  const fields = fieldsOf(dtoClass);
  const known = pick(event, fields);
  const findings: Findings = {
    faults: [],
    unfitFields: 0,
    unknownFields:
      Object.keys(event).length -
      Object.keys(known).length -
      (Object.hasOwn(event, EVENT_TYPE_FIELD) ? 1 : 0),
  };
  const errors = validateSync(plainToInstance<object, JsonObject>(dtoClass, known), {
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  for (const { property, constraints = {} } of errors) {
    if (fields.get(property) === 'optional') {
      findings.unfitFields += 1;
      continue;
    }
    for (const [rule, expected] of Object.entries(constraints)) {
      findings.faults.push(fault(event, property, rule, expected));
    }
  }
  return findings;
}

function fault(event: JsonObject, field: string, rule: string, expected: string): FieldFault {
  const actualType = Object.hasOwn(event, field) ? jsonType(event[field]) : 'absent';
  const missing = actualType === 'absent' || actualType === 'null';
  return { field, rule: missing ? 'isDefined' : rule, expected, actualType };
}

type Fields = ReadonlyMap<string, 'required' | 'optional'>;

const FIELDS = new Map<DtoClass, Fields>();

/** The fields that a DTO class declares. Its decorators are the only place that says which are optional. */
function fieldsOf(dtoClass: DtoClass): Fields {
  const cached = FIELDS.get(dtoClass);
  if (cached !== undefined) return cached;
  const fields = new Map<string, 'required' | 'optional'>();
  for (const { propertyName, name } of getMetadataStorage().getTargetValidationMetadatas(
    dtoClass,
    '',
    false,
    false,
  )) {
    if (name === IS_OPTIONAL) fields.set(propertyName, 'optional');
    else if (!fields.has(propertyName)) fields.set(propertyName, 'required');
  }
  FIELDS.set(dtoClass, fields);
  return fields;
}

/**
 * The event's known fields. All of them are scalars by contract, so a structure is replaced by an empty one of
 * its kind: just as wrong, and nothing walks down however many levels a producer sends.
 */
function pick(event: JsonObject, fields: Fields): JsonObject {
  const picked: JsonObject = {};
  for (const field of fields.keys()) {
    if (!Object.hasOwn(event, field)) continue;
    const value = event[field];
    const type = jsonType(value);
    picked[field] = type === 'array' ? [] : type === 'object' ? {} : value;
  }
  return picked;
}
