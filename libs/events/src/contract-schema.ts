import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { DtoClass } from './event-types.js';

/** The form of every id in the contracts. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/** Rules that need no text: those for numbers, and those that only ASCII text can pass. */
const TEXTLESS: Readonly<Record<string, (rule: unknown) => boolean>> = {
  type: () => true,
  minimum: () => true,
  maximum: () => true,
  const: isAsciiText,
  enum: (rule) => Array.isArray(rule) && rule.every(isAsciiText),
  pattern: (rule) => rule === UUID_PATTERN,
};

type Options = NonNullable<Parameters<typeof targetConstructorToSchema>[1]>;

/** Rules whose usual translation would take more than they do; a test compares the two over all kinds of events. */
const CONVERTERS: NonNullable<Options['additionalConverters']> = {
  // Not `format: uuid`, which takes `urn:uuid:` as well.
  isUuid: { type: 'string', pattern: UUID_PATTERN },
  // Without a type of their own, which would widen the `integer` of another rule to `number`.
  min: ({ constraints }) => ({ minimum: Number(constraints[0]) }),
  max: ({ constraints }) => ({ maximum: Number(constraints[0]) }),
};

/**
 * An event type's contract as JSON Schema (2020-12), made from the decorators of its DTO class: what is published,
 * and what the fast path of validation is compiled from. It is a little stricter than the DTO: null in an optional
 * field is taken there and not here.
 */
export function contractSchema(dtoClass: DtoClass): Record<string, unknown> {
  const { eventType } = dtoClass;
  const { properties, required } = targetConstructorToSchema(dtoClass, {
    classValidatorMetadataStorage: getMetadataStorage(),
    additionalConverters: CONVERTERS,
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: eventType,
    type: 'object',
    properties: { event_type: { const: eventType }, ...properties },
    required: ['event_type', ...(required ?? [])],
  };
}

/** Whether a contract has a rule that depends on what characters a text has, such as how many. */
export function readsText({ properties }: Record<string, unknown>): boolean {
  const rules = Object.values(properties as Record<string, object>).flatMap((field) => Object.entries(field));
  return !rules.every(([keyword, rule]) => TEXTLESS[keyword]?.(rule) === true);
}

function isAsciiText(rule: unknown): boolean {
  return typeof rule === 'string' && /^[ -~]*$/.test(rule);
}
