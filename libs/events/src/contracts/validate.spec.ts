import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { contractSchema } from './contract-schema.js';
import { DTO_CLASSES, type DtoClass } from '../event-types.js';
import type { JsonObject } from '../json.js';
import { dtoContract } from './dto-contract.js';
import { validate } from './validate.js';

const SAMPLES = readFileSync(
  new URL('../../../testing/fixtures/sales_events.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as JsonObject);

const samplesOf = (dtoClass: DtoClass) =>
  SAMPLES.filter((event) => event['event_type'] === dtoClass.eventType);

/** Replacement values: near misses of every rule, and any other JSON. */
const VALUE = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -0,
    1,
    -1,
    1.5,
    true,
    Infinity,
    -Infinity,
    2 ** 53,
    2 ** 53 - 1,
    -(2 ** 53),
    '1',
    [],
    {},
    [1],
    ['SPOILAGE'],
    'SPOILAGE',
    'spoilage',
    'aaf2de07-b119-4031-a054-5b98983ef050',
    'AAF2DE07-B119-4031-A054-5B98983EF050',
    'urn:uuid:aaf2de07-b119-4031-a054-5b98983ef050',
    'aaf2de07-b119-4031-a054-5b98983ef050\n',
    '{aaf2de07-b119-4031-a054-5b98983ef050}',
    'aaf2de07b1194031a0545b98983ef050',
  ),
  fc.jsonValue(),
);

/** A sample with some fields changed, removed, or added that the contract does not declare. */
const mutated = (dtoClass: DtoClass) => {
  const fields = Object.keys(samplesOf(dtoClass)[0] ?? {});
  const field = fc.oneof(
    fc.constantFrom(...fields),
    fc.constantFrom('__proto__', 'constructor', 'note', 'Quantity'),
  );
  return fc
    .tuple(
      fc.constantFrom(...samplesOf(dtoClass)),
      fc.array(fc.tuple(field, fc.option(VALUE, { nil: undefined })), { maxLength: 4 }),
    )
    .map(([sample, changes]) => {
      const event = { ...sample };
      for (const [name, value] of changes) {
        if (value === undefined) Reflect.deleteProperty(event, name);
        else
          Object.defineProperty(event, name, { value, enumerable: true, configurable: true, writable: true });
      }
      return event;
    });
};

/** Validates the whole event with class-validator. Returns the faulty fields with the first rule that each breaks. */
function faultsByClassValidator(dtoClass: DtoClass, event: JsonObject) {
  const { properties } = contractSchema(dtoClass);
  const known = Object.keys(properties as object).filter((name) => Object.hasOwn(event, name));
  const instance = plainToInstance<object, JsonObject>(
    dtoClass,
    Object.fromEntries(known.map((name) => [name, event[name]])),
  );
  return validateSync(instance, { stopAtFirstError: true })
    .map(({ property, constraints = {} }) => ({
      field: property,
      expected: Object.values(constraints).join(),
    }))
    .sort((a, b) => a.field.localeCompare(b.field));
}

const isRequired = (dtoClass: DtoClass) => {
  const { required } = contractSchema(dtoClass);
  return ({ field }: { field: string }) => (required as string[]).includes(field);
};

describe.each(DTO_CLASSES.map((dtoClass) => ({ eventType: dtoClass.eventType, dtoClass })))(
  'the compiled contract of $eventType',
  ({ dtoClass }) => {
    const contract = dtoContract(dtoClass);

    it('finds the same faults as class-validator in any event', () => {
      fc.assert(
        fc.property(mutated(dtoClass), (event) => {
          const expected = faultsByClassValidator(dtoClass, event);
          const { faults, invalidOptionalFields } = validate(contract, event);
          expect(
            faults
              .map((fault) => ({ field: fault.field, expected: fault.expected }))
              .sort((a, b) => a.field.localeCompare(b.field)),
          ).toEqual(expected.filter(isRequired(dtoClass)));
          expect(invalidOptionalFields).toBe(expected.filter((fault) => !isRequired(dtoClass)(fault)).length);
        }),
        { numRuns: 2_000 },
      );
    });

    it('accepts every sample event without class-validator', () => {
      const isSatisfiedBy = new Ajv2020({ strict: true }).compile(contractSchema(dtoClass));
      expect(samplesOf(dtoClass).length).toBeGreaterThan(50);
      expect(samplesOf(dtoClass).filter((event) => !isSatisfiedBy(event))).toEqual([]);
    });

    it('equals the published schema, which npm run schemas writes', () => {
      const file = new URL(
        `../../../../config/schemas/${dtoClass.eventType.toLowerCase()}.schema.json`,
        import.meta.url,
      );
      expect(existsSync(file) && JSON.parse(readFileSync(file, 'utf8'))).toEqual(contractSchema(dtoClass));
    });
  },
);
