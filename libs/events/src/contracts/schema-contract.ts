import type { ErrorObject } from 'ajv/dist/2020.js';
import { EVENT_LABELS, type EventLabel } from '../event-types.js';
import { isJsonObject } from '../json.js';
import type { JsonObject } from '../json.js';
import { compileSchema } from './compile.js';
import type { BrokenField, Contract, ContractField } from './contract.js';
import { EVENT_TYPE_FIELD } from './validate.js';

/** What a contract consists of. Anything else would be a rule that no DTO class can express. */
const KEYWORDS: ReadonlySet<string> = new Set(['type', 'properties', 'required']);
const ANNOTATIONS: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', 'title', 'description']);

/** A JSON Schema that is not a contract. The message says why. */
export class SchemaError extends Error {
  override name = 'SchemaError';
}

/**
 * The contract that a JSON Schema describes, in the form that `contractSchema` writes. It gives each event the outcome
 * that the DTO class has, from which the schema was written: null in an optional field counts as absent, and undeclared
 * fields are allowed.
 *
 * @throws SchemaError
 */
export function schemaContract(schema: unknown): Contract {
  if (!isJsonObject(schema)) throw new SchemaError('it is not a JSON object');
  const properties = propertiesOf(schema);
  const eventType = eventTypeOf(properties);
  const required = new Set(requiredOf(schema));
  const { errors, ...compiled } = compile(schema);
  const fields = new Map<string, ContractField>();
  for (const field of Object.keys(properties)) {
    if (field !== EVENT_TYPE_FIELD) fields.set(field, { isOptional: !required.has(field) });
  }
  for (const field of required) {
    if (field !== EVENT_TYPE_FIELD) fields.set(field, { isOptional: false });
  }
  const broken = (event: JsonObject): BrokenField[] => {
    const found = errors(event);
    return [...fields].flatMap(([field, { isOptional }]) => {
      const [first] = found.get(field) ?? [];
      const isAbsent = isOptional && event[field] === null;
      return first === undefined || isAbsent
        ? []
        : [{ field, isOptional, rules: [[first.keyword, expectedBy(first, properties[field])]] }];
    });
  };
  return { eventType, label: labelOf(eventType), ...compiled, broken, fields };
}

function propertiesOf(schema: JsonObject): JsonObject {
  const other = Object.keys(schema).find((keyword) => !KEYWORDS.has(keyword) && !ANNOTATIONS.has(keyword));
  if (other !== undefined)
    throw new SchemaError(`it uses ${other}, and a contract has only type, properties and required`);
  const { type, properties } = schema;
  if (type !== 'object' || !isJsonObject(properties))
    throw new SchemaError('it does not describe an object with properties');
  return properties;
}

function eventTypeOf({ [EVENT_TYPE_FIELD]: named }: JsonObject): string {
  const eventType = keywordOf(named, 'const');
  if (typeof eventType !== 'string')
    throw new SchemaError(`it does not name its event type: properties.${EVENT_TYPE_FIELD}.const is missing`);
  return eventType;
}

/** The value of a keyword of a field's rules; undefined if it has none. */
function keywordOf(rules: unknown, keyword: string): unknown {
  return rules !== undefined && isJsonObject(rules) ? rules[keyword] : undefined;
}

function requiredOf({ required = [] }: JsonObject): string[] {
  if (Array.isArray(required) && required.every((field) => typeof field === 'string')) return required;
  throw new SchemaError('required is not a list of field names');
}

function compile(schema: JsonObject) {
  try {
    // A union with null is how other tools write optional fields.
    return compileSchema(schema, { allowUnionTypes: true, logger: false });
  } catch (error) {
    throw new SchemaError(error instanceof Error ? error.message : String(error));
  }
}

function labelOf(eventType: string): EventLabel {
  return EVENT_LABELS.find((label) => label === eventType) ?? 'other';
}

/** What the broken rule expects, for people. */
function expectedBy({ keyword, params, message = keyword }: ErrorObject, rules: unknown): string {
  const { allowedValues, allowedValue } = params as Record<string, unknown>;
  if (keyword === 'required') return constantText(keywordOf(rules, 'type') ?? 'a value');
  const allowed = Array.isArray(allowedValues) ? allowedValues : [allowedValue];
  if (keyword === 'enum' || keyword === 'const') return `one of ${allowed.map(constantText).join(', ')}`;
  return message.replace(/^must (be )?/, '');
}

function constantText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
