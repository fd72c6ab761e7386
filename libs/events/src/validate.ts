import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, Options } from 'ajv/dist/2020.js';
import { getMetadataStorage, IS_OPTIONAL, validateSync } from 'class-validator';
import { contractSchema, readsText } from './contract-schema.js';
import { DTO_CLASSES, dtoClassOf, type DtoClass } from './event-types.js';
import { jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { patterns } from './patterns.js';
import type { FieldFault } from './validation-result.js';

/** The differences between an event and its contract. */
export interface Findings {
  /** One fault for each required field that is absent, null or breaks its rules. */
  faults: FieldFault[];
  /** The number of optional fields that break their rules. Null counts as absent. */
  invalidOptionalFields: number;
  /** The number of fields that the contract does not declare. */
  unknownFields: number;
}

/** The field that names the contract. Part of every contract, though no DTO declares it. */
export const EVENT_TYPE_FIELD = 'event_type';

/** Compiles all contracts ahead of time, so that the first events do not wait. */
export function compileContracts(): void {
  for (const dtoClass of DTO_CLASSES) contractOf(dtoClass);
}

/**
 * The fast path: returns the contract that the event satisfies completely, or null if there is none or only
 * {@link validate} can decide. Non-ASCII text need not be decoded.
 */
export function satisfiedContract(event: JsonObject): DtoClass | null {
  const named = event[EVENT_TYPE_FIELD];
  const dtoClass = typeof named === 'string' ? dtoClassOf(named) : undefined;
  if (dtoClass === undefined) return null;
  const contract = contractOf(dtoClass);
  const isSatisfied =
    !contract.readsText && contract.isSatisfiedBy(event) && countUnknown(event, contract.fields) === 0;
  return isSatisfied ? dtoClass : null;
}

/**
 * Compares an event with the contract of its type. What the compiled schema accepts is valid, and this check is cheap.
 * The rules of the DTO class decide about the fields that the schema refuses, and word their faults.
 */
export function validate(dtoClass: DtoClass, event: JsonObject): Findings {
  const contract = contractOf(dtoClass);
  const findings: Findings = {
    faults: [],
    invalidOptionalFields: 0,
    unknownFields: countUnknown(event, contract.fields),
  };
  if (contract.isSatisfiedBy(event)) return findings;
  const refused = contract.refused(event);
  const known = pick(event, contract.fields);
  for (const [name, field] of contract.fields) {
    if (!refused.has(name)) continue;
    const constraints = brokenRules(field, known);
    if (constraints === null) continue;
    if (field.isOptional) findings.invalidOptionalFields += 1;
    else for (const [rule, expected] of constraints) findings.faults.push(fault(event, name, rule, expected));
  }
  return findings;
}

/**
 * Returns the rules that the field breaks according to class-validator, and what they expect; null if it breaks none.
 */
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
  /** A class with the rules of this field only, so that validating it does not validate the others. */
  rules: new () => object;
}

type Fields = ReadonlyMap<string, Field>;

interface Contract {
  /** Whether the contract has rules that undecoded text may pass or fail wrongly. */
  readsText: boolean;
  /** Whether the event satisfies the schema, which is stricter than the DTO class. */
  isSatisfiedBy: (event: JsonObject) => boolean;
  /** The fields that break the schema. */
  refused: (event: JsonObject) => ReadonlySet<string>;
  fields: Fields;
}

const CONTRACTS = new Map<DtoClass, Contract>();

/** Compiles a contract on first use. */
function contractOf(dtoClass: DtoClass): Contract {
  const cached = CONTRACTS.get(dtoClass);
  if (cached !== undefined) return cached;
  const schema = contractSchema(dtoClass);
  const options: Options = { strict: true, code: { regExp: patterns } };
  const isSatisfiedBy = new Ajv2020(options).compile(schema);
  const listErrors = new Ajv2020({ ...options, allErrors: true }).compile(schema);
  const refused = (event: JsonObject) => {
    listErrors(event);
    return new Set(listErrors.errors?.map(fieldOf));
  };
  const contract = { readsText: readsText(schema), isSatisfiedBy, refused, fields: fieldsOf(dtoClass) };
  CONTRACTS.set(dtoClass, contract);
  return contract;
}

/** All fields are scalars, so an error concerns a top-level field or a missing one. */
function fieldOf({ keyword, params, instancePath }: ErrorObject): string {
  if (keyword === 'required') return (params as { missingProperty: string }).missingProperty;
  const [, name = ''] = instancePath.split('/');
  return name.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A new class for each field, because class-validator stores rules by class. */
function ruleClass(): new () => object {
  return class extends Object {};
}

/** Reads the fields from the decorators of a DTO class, the only source of which are optional. */
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
  // Faster than Object.keys, and safe: an object from JSON.parse inherits no enumerable properties.
  for (const field in event) {
    if (field !== EVENT_TYPE_FIELD && !fields.has(field)) unknown += 1;
  }
  return unknown;
}

/**
 * Returns the event's known fields. All are scalars by contract, so arrays and objects are replaced by empty ones,
 * which are just as invalid: class-validator then never walks deeply nested values.
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
