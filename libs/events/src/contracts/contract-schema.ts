import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { DtoClass } from '../event-types.js';

/** The format of all ids in the contracts. */
export const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

type Options = NonNullable<Parameters<typeof targetConstructorToSchema>[1]>;

/** Rules whose default translation would accept more than class-validator does. A property test compares the two. */
const CONVERTERS: NonNullable<Options['additionalConverters']> = {
  // Not `format: uuid`, which also accepts `urn:uuid:`.
  isUuid: { type: 'string', pattern: UUID_PATTERN },
  // Without a type, which would widen the `integer` of another rule to `number`.
  min: ({ constraints }) => ({ minimum: Number(constraints[0]) }),
  max: ({ constraints }) => ({ maximum: Number(constraints[0]) }),
};

/**
 * Converts the decorators of a DTO class to JSON Schema (2020-12). The schema is published, and the fast path of
 * validation is compiled from it. It is slightly stricter than the DTO, which accepts null in optional fields.
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
