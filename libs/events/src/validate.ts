import { Ajv2020 } from 'ajv/dist/2020.js';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, IS_OPTIONAL, validateSync } from 'class-validator';
import { contractSchema } from './contract-schema.js';
import { DTO_CLASSES, type DtoClass } from './event-types.js';
import { jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { patterns } from './patterns.js';
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

/** Compiles every contract now, so that the first events do not wait for it. */
export function compileContracts(): void {
  for (const dtoClass of DTO_CLASSES) contractOf(dtoClass);
}

/**
 * Compares an event with the contract of its type. The compiled schema's yes is final and cheap; whatever it refuses
 * is judged, and its faults worded, by the DTO class.
 */
export function validate(dtoClass: DtoClass, event: JsonObject): Findings {
  const { isFit, fields } = contractOf(dtoClass);
  return isFit(event)
    ? { faults: [], unfitFields: 0, unknownFields: countUnknown(event, fields) }
    : validateByDto(dtoClass, event);
}

/** The same by class-validator alone: some ten times slower, and able to say what is wrong. */
export function validateByDto(dtoClass: DtoClass, event: JsonObject): Findings {
  const { fields } = contractOf(dtoClass);
  const known = pick(event, fields);
  const findings: Findings = {
    faults: [],
    unfitFields: 0,
    unknownFields: countUnknown(event, fields),
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

interface Contract {
  /** Whether the event is as the schema says; a no may be the schema's strictness. */
  isFit: (event: JsonObject) => boolean;
  fields: Fields;
}

const CONTRACTS = new Map<DtoClass, Contract>();

/** Compiled once for each DTO class. */
function contractOf(dtoClass: DtoClass): Contract {
  const cached = CONTRACTS.get(dtoClass);
  if (cached !== undefined) return cached;
  const isFit = new Ajv2020({ strict: true, code: { regExp: patterns } }).compile(contractSchema(dtoClass));
  const contract = { isFit, fields: fieldsOf(dtoClass) };
  CONTRACTS.set(dtoClass, contract);
  return contract;
}

/** The fields that a DTO class declares. Its decorators are the only place that says which are optional. */
function fieldsOf(dtoClass: DtoClass): Fields {
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
  return fields;
}

function countUnknown(event: JsonObject, fields: Fields): number {
  let unknown = 0;
  for (const field of Object.keys(event)) {
    if (field !== EVENT_TYPE_FIELD && !fields.has(field)) unknown += 1;
  }
  return unknown;
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
