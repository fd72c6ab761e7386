import { getMetadataStorage, IS_OPTIONAL, validateSync } from 'class-validator';
import { DTO_CLASSES, type DtoClass } from '../event-types.js';
import { jsonType } from '../json.js';
import type { JsonObject } from '../json.js';
import { compileSchema } from './compile.js';
import { contractSchema } from './contract-schema.js';
import type { BrokenField, Contract, ContractField, Contracts } from './contract.js';

interface Field extends ContractField {
  /** A class with the rules of this field only, so that validating it does not validate the others. */
  rules: new () => object;
}

type Fields = ReadonlyMap<string, Field>;

let compiled: Contracts | null = null;

/** The contracts of this build. Compiles all on first use, so that the first events do not wait. */
export function buildContracts(): Contracts {
  compiled ??= new Map(DTO_CLASSES.map((dtoClass) => [dtoClass.eventType, dtoContract(dtoClass)]));
  return compiled;
}

/**
 * The rules of a DTO class. The compiled schema only says which fields to look at: class-validator decides about them,
 * and words their faults.
 */
export function dtoContract(dtoClass: DtoClass): Contract {
  const { errors, ...schema } = compileSchema(contractSchema(dtoClass));
  const fields = fieldsOf(dtoClass);
  const broken = (event: JsonObject): BrokenField[] => {
    const refused = errors(event);
    const known = pick(event, fields);
    const found: BrokenField[] = [];
    for (const [field, { isOptional, rules }] of fields) {
      const constraints = refused.has(field) ? brokenRules(rules, known) : null;
      if (constraints !== null) found.push({ field, isOptional, rules: constraints });
    }
    return found;
  };
  const { eventType } = dtoClass;
  return { eventType, label: eventType, ...schema, broken, fields };
}

/**
 * Returns the rules that the field breaks according to class-validator, and what they expect; null if it breaks none.
 */
function brokenRules(rules: new () => object, known: JsonObject): BrokenField['rules'] | null {
  const [error] = validateSync(Object.assign(new rules(), known), {
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return error === undefined ? null : Object.entries(error.constraints ?? {});
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
