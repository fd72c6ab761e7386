import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options } from 'ajv/dist/2020.js';
import { getMetadataStorage, IS_OPTIONAL, validateSync } from 'class-validator';
import { contractSchema, readsText } from './contract-schema.js';
import { DTO_CLASSES, dtoClassOf, type DtoClass } from './event-types.js';
import { jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { patterns } from './patterns.js';
import type { FieldFault } from './validation-result.js';

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
 * The contract that an event is in all things as it says; null where there is none, or only {@link validate} can tell.
 * Text beyond ASCII may still be its bytes.
 */
export function fittedBy(event: JsonObject): DtoClass | null {
  const named = event[EVENT_TYPE_FIELD];
  const dtoClass = typeof named === 'string' ? dtoClassOf(named) : undefined;
  if (dtoClass === undefined) return null;
  const contract = contractOf(dtoClass);
  const isFit = !contract.readsText && contract.isFit(event) && countUnknown(event, contract.fields) === 0;
  return isFit ? dtoClass : null;
}

/**
 * Compares an event with the contract of its type. The compiled schema's yes is final and cheap; whatever fields it
 * refuses are validated, and their faults worded, by the rules of the DTO class.
 */
export function validate(dtoClass: DtoClass, event: JsonObject): Findings {
  const contract = contractOf(dtoClass);
  const findings: Findings = {
    faults: [],
    unfitFields: 0,
    unknownFields: countUnknown(event, contract.fields),
  };
  if (contract.isFit(event)) return findings;
  const refused = contract.refused(event);
  const known = pick(event, contract.fields);
  for (const [name, field] of contract.fields) {
    if (!refused.has(name)) continue;
    const constraints = brokenRules(field, known);
    if (constraints === null) continue;
    if (field.isOptional) findings.unfitFields += 1;
    else for (const [rule, expected] of constraints) findings.faults.push(fault(event, name, rule, expected));
  }
  return findings;
}

/** What class-validator has against the field, as rules and what they expect; null where it is as its rules say. */
function brokenRules({ rules }: Field, known: JsonObject): [rule: string, expected: string][] | null {
  const [error] = validateSync(Object.assign(new rules(), known), {
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return error === undefined ? null : Object.entries(error.constraints ?? {});
}

function fault(event: JsonObject, field: string, rule: string, expected: string): FieldFault {
  const actualType = Object.hasOwn(event, field) ? jsonType(event[field]) : 'absent';
  const missing = actualType === 'absent' || actualType === 'null';
  return { field, rule: missing ? 'isDefined' : rule, expected, actualType };
}

interface Field {
  isOptional: boolean;
  /** A class that has the rules of this field and of no other, so that one field is validated at the price of one. */
  rules: new () => object;
}

type Fields = ReadonlyMap<string, Field>;

interface Contract {
  /** Whether it has rules about text that bytes in the place of characters might not pass alike. */
  readsText: boolean;
  /** Whether the event is as the schema says; a no may be the schema's strictness. */
  isFit: (event: JsonObject) => boolean;
  /** The fields that are not as the schema says. */
  refused: (event: JsonObject) => ReadonlySet<string>;
  fields: Fields;
}

const CONTRACTS = new Map<DtoClass, Contract>();

/** Compiled once for each DTO class. */
function contractOf(dtoClass: DtoClass): Contract {
  const cached = CONTRACTS.get(dtoClass);
  if (cached !== undefined) return cached;
  const schema = contractSchema(dtoClass);
  const options: Options = { strict: true, code: { regExp: patterns } };
  const isFit = new Ajv2020(options).compile(schema);
  const listErrors = new Ajv2020({ ...options, allErrors: true }).compile(schema);
  const refused = (event: JsonObject) => {
    listErrors(event);
    return new Set(listErrors.errors?.map(fieldOf));
  };
  const contract = { readsText: readsText(schema), isFit, refused, fields: fieldsOf(dtoClass) };
  CONTRACTS.set(dtoClass, contract);
  return contract;
}

/** All fields are scalars, so an error is in a field of the event itself, or about one that is not there. */
function fieldOf({ keyword, params, instancePath }: ErrorObject): string {
  if (keyword === 'required') return (params as { missingProperty: string }).missingProperty;
  const [, name = ''] = instancePath.split('/');
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A new class; class-validator keeps rules by their class. */
function ruleClass(): new () => object {
  return class extends Object {};
}

/** The fields that a DTO class declares. Its decorators are the only place that says which are optional. */
function fieldsOf(dtoClass: DtoClass): Fields {
  const storage = getMetadataStorage();
  const fields = new Map<string, Field>();
  for (const metadata of storage.getTargetValidationMetadatas(dtoClass, '', false, false)) {
    const { propertyName, name } = metadata;
    const field = fields.get(propertyName) ?? { isOptional: false, rules: ruleClass() };
    fields.set(propertyName, { ...field, isOptional: field.isOptional || name === IS_OPTIONAL });
    const own = Object.create(metadata) as typeof metadata;
    own.target = field.rules;
    storage.addValidationMetadata(own);
  }
  return fields;
}

function countUnknown(event: JsonObject, fields: Fields): number {
  let unknown = 0;
  // Faster than a list of the keys; JSON.parse leaves nothing to inherit but what cannot be listed.
  for (const field in event) {
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
