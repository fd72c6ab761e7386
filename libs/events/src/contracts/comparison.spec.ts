import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { DTO_CLASSES } from '../event-types.js';
import { EventValidator, type EventValidatorOptions } from '../event-validator.js';
import { ContractComparison, type Side } from './comparison.js';
import { contractSchema } from './contract-schema.js';
import type { Contracts } from './contract.js';
import { buildContracts } from './dto-contract.js';
import { schemaContract, SchemaError } from './schema-contract.js';

type Schema = ReturnType<typeof contractSchema> & { properties: Record<string, unknown>; required: string[] };

const [ORDER_SCHEMA, STOCK_SCHEMA] = DTO_CLASSES.map((dtoClass) => contractSchema(dtoClass) as Schema);
const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0f88e6bc-9341-4393-b4b0-c8945448277c',
  customer_id: 63,
  product_id: 1001,
  quantity: 2,
};

const samples = readFileSync(
  new URL('../../../testing/fixtures/sales_events.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n');
const fields = [
  ...new Set(samples.flatMap((text) => Object.keys(JSON.parse(text) as object))),
  '__proto__',
  'constructor',
];
/** Samples with some fields replaced by any JSON, and texts that are no events. */
const anyText = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(
        fc.tuple(
          fc.constantFrom(...fields),
          fc.oneof(fc.json(), fc.constantFrom('null', '0', '1.5', '1e400', '"Rosé"', '"SPOILAGE"')),
        ),
        { maxLength: 3 },
      ),
    )
    .map(
      ([text, changes]) =>
        `${text.slice(0, -1)}${changes.map(([name, json]) => `,"${name}":${json}`).join('')}}`,
    ),
  fc.json(),
  fc.string(),
);

function contractsOf(...schemas: (Schema | undefined)[]): Contracts {
  const list = schemas.map((schema) => schemaContract(schema));
  return new Map(list.map((contract) => [contract.eventType, contract]));
}

function side(contracts: Contracts, options: Partial<EventValidatorOptions> = {}): Side {
  return { contracts, validator: new EventValidator({ maxBytes: 4_096, contracts, ...options }) };
}

function compare(before: Side, after: Side, event: object | string | null) {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  return new ContractComparison(before, after).compare(event === null ? null : Buffer.from(text));
}

/** ORDER_CREATED with these changes. */
function order({
  without = [],
  ...given
}: { without?: string[]; required?: string[] } & Record<string, unknown>) {
  const { properties, required } = ORDER_SCHEMA ?? { properties: {}, required: [] };
  const { required: own = required, ...rules } = given;
  const kept = Object.entries({ ...properties, ...rules }).filter(([name]) => !without.includes(name));
  return contractsOf({
    ...contractSchema(DTO_CLASSES[0]),
    properties: Object.fromEntries(kept),
    required: own.filter((name) => !without.includes(name)),
  });
}

const BUILD = side(buildContracts());

describe('a contract read from a JSON Schema', () => {
  it('gives every value the outcome of the DTO class that the schema was written from', () => {
    const published = side(contractsOf(ORDER_SCHEMA, STOCK_SCHEMA)).validator;
    const comparable = (validator: EventValidator, value: Buffer) => {
      const result = validator.validate(value);
      if (result.kind !== 'reject') return result;
      const { kind, type, label, eventType, details } = result;
      return { kind, type, label, eventType, faulty: details.map(({ field }) => field).sort() };
    };
    fc.assert(
      fc.property(anyText, (text) => {
        const value = Buffer.from(text);
        expect(comparable(published, value)).toEqual(comparable(BUILD.validator, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['[]', 'it is not a JSON object'],
    ['{"type":"object","properties":{}}', 'properties.event_type.const is missing'],
    ['{"type":"array"}', 'it does not describe an object'],
    [
      '{"type":"object","properties":{"event_type":{"const":"A"}},"additionalProperties":false}',
      'it uses additionalProperties',
    ],
    ['{"type":"object","properties":{"event_type":{"const":"A"}},"required":[1]}', 'required is not a list'],
    ['{"type":"object","properties":{"event_type":{"const":"A"},"a":{"typ":"x"}}}', 'unknown keyword: "typ"'],
    ['{"type":"object","properties":{"event_type":{"const":"A"},"a":{"type":"text"}}}', 'type'],
  ])('is refused if it is something else: %s', (schema, why) => {
    expect(() => schemaContract(JSON.parse(schema))).toThrow(SchemaError);
    expect(() => schemaContract(JSON.parse(schema))).toThrow(why);
  });

  it('words what it expects', () => {
    const rules = order({ quantity: { type: 'integer', maximum: 1 }, channel: { enum: ['WEB'] } });
    expect(compare(BUILD, side(rules), ORDER)).toMatchObject({
      rejected: { details: [{ field: 'quantity', expected: '<= 1', actualType: 'number' }] },
    });
    const required = order({ channel: { enum: ['WEB'] }, required: ['event_type', 'channel', 'emoji'] });
    expect(compare(BUILD, side(required), { ...ORDER, channel: 'TILL' })).toMatchObject({
      rejected: {
        details: [
          { field: 'emoji', expected: 'string', actualType: 'absent' },
          { field: 'channel', expected: 'one of WEB' },
        ],
      },
    });
  });
});

describe('ContractComparison', () => {
  it('finds no change between equal contracts, whatever the bytes', () => {
    const comparison = new ContractComparison(side(contractsOf(ORDER_SCHEMA, STOCK_SCHEMA)), BUILD);
    fc.assert(
      fc.property(
        fc.oneof(
          anyText.map((text) => Buffer.from(text)),
          fc.constant(null),
        ),
        (value) => {
          const { kind } = BUILD.validator.validate(value);
          const outcome = { accept: 'stored', reject: 'dead', tombstone: 'skipped' }[kind];
          expect(comparison.compare(value)).toEqual({ kind: 'none', outcome });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('says what each side does, whatever the bytes and the contracts', () => {
    const contracts = fc.constantFrom<Contracts>(
      buildContracts(),
      contractsOf(STOCK_SCHEMA),
      order({ without: ['emoji', 'quantity'] }),
      order({ required: ['event_type'] }),
      order({ unit_price: { type: 'string' }, note: { type: 'integer' }, category: { enum: ['Rosé'] } }),
    );
    const policy = fc.constantFrom('store' as const, 'dead-letter' as const);
    fc.assert(
      fc.property(contracts, contracts, policy, policy, anyText, (before, after, one, other, text) => {
        const sides = [side(before, { unknownTypes: one }), side(after, { unknownTypes: other })] as const;
        const [was, is] = sides.map(({ validator }) => validator.validate(Buffer.from(text)));
        const change = compare(...sides, text);
        const outcome = `${was?.kind}-${is?.kind}`;
        if (outcome === 'accept-reject') expect(change).toMatchObject({ kind: 'newly-dead', rejected: is });
        else if (outcome === 'reject-accept')
          expect(change).toMatchObject({ kind: 'rescued', rejected: was });
        else if (outcome === 'reject-reject') expect(change).toEqual({ kind: 'none', outcome: 'dead' });
        else {
          const counts = [was, is].map((each) => each?.kind === 'accept' && [each.unknownFields, each.label]);
          const isCounted = JSON.stringify(counts[0]) !== JSON.stringify(counts[1]);
          expect(change.kind === 'drifted' || change.kind === 'none').toBe(true);
          if (isCounted) expect(change.kind).toBe('drifted');
          const columns = [was, is].map(
            (each) => each?.kind === 'accept' && [each.eventType, each.productId, each.customerId],
          );
          expect(columns[0]).toEqual(columns[1]);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('names the fields that drift', () => {
    const drift = (before: Side, after: Side, event: object) => {
      const change = compare(before, after, event);
      return change.kind === 'drifted'
        ? change.fields.map(({ field, drift: how }) => `${field} ${how}`)
        : change;
    };
    const event = { ...ORDER, emoji: '🍷', unit_price: 12.5, note: 'x', discount: null };
    expect(drift(BUILD, side(order({ without: ['emoji'] })), event)).toEqual(['emoji newly unknown']);
    expect(drift(side(order({ without: ['emoji'] })), BUILD, event)).toEqual(['emoji no longer unknown']);
    const text = side(order({ unit_price: { type: 'string' } }));
    expect(drift(BUILD, text, event)).toEqual(['unit_price newly invalid']);
    expect(drift(text, BUILD, event)).toEqual(['unit_price no longer invalid']);
    expect(drift(BUILD, side(contractsOf(STOCK_SCHEMA)), event)).toEqual([
      'event_type newly without contract',
    ]);
    expect(drift(side(contractsOf(STOCK_SCHEMA)), text, event)).toEqual([
      'event_type newly with contract',
      'unit_price newly invalid',
    ]);
    expect(drift(BUILD, side(order({ without: ['emoji'] })), ORDER)).toEqual({
      kind: 'none',
      outcome: 'stored',
    });
  });

  it('follows the policy for types without a contract', () => {
    const strict = side(buildContracts(), { unknownTypes: 'dead-letter' });
    expect(compare(BUILD, strict, { event_type: 'TASTED' })).toMatchObject({
      kind: 'newly-dead',
      rejected: { eventType: 'TASTED', details: [{ field: 'event_type' }] },
    });
    expect(compare(strict, BUILD, { event_type: 'TASTED' })).toMatchObject({ kind: 'rescued' });
  });
});
