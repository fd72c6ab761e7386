import { readFileSync } from 'node:fs';
import { EventValidator } from './event-validator.js';
import type { Accepted, FieldFault, Rejected, ValidationResult } from './validation-result.js';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: 'aaf2de07-b119-4031-a054-5b98983ef050',
  customer_id: 63,
  product_id: 1001,
  quantity: 2,
};
const ADJUSTMENT = {
  event_type: 'INVENTORY_ADJUSTED',
  event_id: '922b64d3-5042-4973-8e20-b0a4d1be7cc6',
  product_id: 1006,
  quantity_change: -9,
  adjustment_type: 'CORRECTION',
};

const validator = new EventValidator({ maxBytes: 16 * 1024 * 1024 });

function validated(event: unknown): ValidationResult {
  return validator.validate(Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)));
}

function accepted(event: unknown): Omit<Accepted, 'content'> & { content: string } {
  const result = validated(event);
  if (result.kind !== 'accept') throw new Error(`${result.kind}: ${JSON.stringify(result)}`);
  return { ...result, content: result.content.toString() };
}

function rejected(event: unknown): Rejected {
  const result = validated(event);
  if (result.kind !== 'reject') throw new Error(result.kind);
  return result;
}

/** Each fault as `field:rule`. */
function faults(event: unknown): string[] {
  return rejected(event).details.map(({ field, rule }) => `${field}:${rule}`);
}

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('The sample events', () => {
  const lines = readFileSync(
    new URL('../../testing/fixtures/sales_events.ndjson', import.meta.url),
    'utf8',
  ).split('\n');
  const samples = lines.filter((line) => line !== '');

  it('are all accepted, have only declared fields, and keep their text', () => {
    expect(samples).toHaveLength(300);
    for (const sample of samples) {
      const { event_type, product_id, customer_id } = JSON.parse(sample) as Record<string, unknown>;
      expect(validated(sample)).toEqual({
        kind: 'accept',
        label: event_type,
        eventType: event_type,
        productId: product_id,
        customerId: customer_id ?? null,
        content: Buffer.from(sample),
        unknownFields: 0,
        invalidOptionalFields: 0,
      });
    }
  });
});

describe('A required field', () => {
  it.each([
    ['order_line_id', ORDER],
    ['customer_id', ORDER],
    ['product_id', ORDER],
    ['quantity', ORDER],
    ['event_id', ADJUSTMENT],
    ['product_id', ADJUSTMENT],
    ['quantity_change', ADJUSTMENT],
    ['adjustment_type', ADJUSTMENT],
  ])('%s is reported once if it is absent, null or a structure', (field, event) => {
    expect(faults({ ...event, [field]: undefined })).toEqual([`${field}:isDefined`]);
    expect(faults({ ...event, [field]: null })).toEqual([`${field}:isDefined`]);
    expect(faults({ ...event, [field]: { a: 1 } })).toHaveLength(1);
    expect(faults({ ...event, [field]: [1] })).toHaveLength(1);
    expect(faults({ ...event, [field]: true })).toHaveLength(1);
  });

  it('is reported with the expected and the actual type, never with its value', () => {
    const result = rejected({ ...ORDER, order_line_id: 'secret-1', customer_id: undefined, quantity: '2' });
    expect(result).toEqual({
      kind: 'reject',
      type: 'invalid_schema',
      reason:
        'ORDER_CREATED with 3 faulty fields: order_line_id (string; expected a UUID), ' +
        'customer_id (absent; expected an integer), quantity (string; expected an integer of at least 1).',
      details: [
        { field: 'order_line_id', rule: 'isUuid', expected: 'a UUID', actualType: 'string' },
        { field: 'customer_id', rule: 'isDefined', expected: 'an integer', actualType: 'absent' },
        { field: 'quantity', rule: 'isInt', expected: 'an integer of at least 1', actualType: 'string' },
      ] satisfies FieldFault[],
      label: 'ORDER_CREATED',
      eventType: 'ORDER_CREATED',
    });
  });

  it('adjustment_type accepts only three values', () => {
    expect(rejected({ ...ADJUSTMENT, adjustment_type: 'correction' }).details).toEqual([
      {
        field: 'adjustment_type',
        rule: 'isIn',
        expected: 'one of REPLENISHMENT, CORRECTION, SPOILAGE',
        actualType: 'string',
      },
    ]);
    for (const adjustment_type of ['REPLENISHMENT', 'CORRECTION', 'SPOILAGE']) {
      expect(accepted({ ...ADJUSTMENT, adjustment_type }).label).toBe('INVENTORY_ADJUSTED');
    }
  });

  it('that is a UUID may have any version and any case', () => {
    for (const order_line_id of [
      '00000000-0000-0000-0000-000000000000',
      '00000000-0000-0000-0000-000000000001',
      'AAF2DE07-B119-4031-A054-5B98983EF050',
      '019a2b3c-4d5e-7f60-8a1b-2c3d4e5f6071',
    ]) {
      expect(accepted({ ...ORDER, order_line_id }).kind).toBe('accept');
    }
    for (const order_line_id of [
      '',
      'aaf2de07b1194031a0545b98983ef050',
      '{aaf2de07-b119-4031-a054-5b98983ef050}',
    ]) {
      expect(faults({ ...ORDER, order_line_id })).toEqual(['order_line_id:isUuid']);
    }
  });
});

describe('A required integer', () => {
  const withQuantity = (json: string) => JSON.stringify({ ...ORDER, quantity: 'Q' }).replace('"Q"', json);
  const withCustomer = (json: string) => JSON.stringify({ ...ORDER, customer_id: 'Q' }).replace('"Q"', json);

  it.each(['1', '5.0', '1e3', '9007199254740991'])('may be written as %s', (json) => {
    expect(accepted(withQuantity(json)).kind).toBe('accept');
  });

  it.each([
    ['0', 'min'],
    ['-1', 'min'],
    ['0.5', 'isInt'],
    ['1e400', 'isInt'],
    ['9007199254740992', 'max'],
    ['9007199254740993', 'max'],
    ['1e30', 'max'],
  ])('is refused as a quantity if it is %s', (json, rule) => {
    expect(faults(withQuantity(json))).toEqual([`quantity:${rule}`]);
  });

  it.each([
    ['-9007199254740992', 'min'],
    ['9007199254740992', 'max'],
  ])('is refused as an id if it is %s, which JSON.parse may have rounded', (json, rule) => {
    expect(faults(withCustomer(json))).toEqual([`customer_id:${rule}`]);
    expect(accepted(withCustomer('-9007199254740991')).customerId).toBe(-9007199254740991);
  });
});

describe('An optional field', () => {
  it('of the wrong type is counted, and the event is stored unchanged', () => {
    const text = JSON.stringify({
      ...ORDER,
      product_name: 7,
      unit_price: '9.90',
      emoji: { a: [] },
      discount: [],
    });
    expect(accepted(text)).toMatchObject({ content: text, invalidOptionalFields: 4, unknownFields: 0 });
  });

  it('that is null counts as absent', () => {
    expect(accepted({ ...ORDER, product_name: null, discount: null })).toMatchObject({
      invalidOptionalFields: 0,
    });
  });

  it('that exceeds the range of numbers is counted as wrong', () => {
    const text = JSON.stringify({ ...ORDER, unit_price: 'Q' }).replace('"Q"', '1e400');
    expect(accepted(text)).toMatchObject({ content: text, invalidOptionalFields: 1 });
  });

  it('of the wrong type does not hide a faulty required field', () => {
    expect(faults({ ...ORDER, product_name: 7, quantity: 0 })).toEqual(['quantity:min']);
  });
});

describe('An undeclared field', () => {
  it('is counted, and the event is stored unchanged', () => {
    const text = JSON.stringify({
      ...ADJUSTMENT,
      colour: 'red',
      vat: 1e300,
      nested: { a: [1, { b: null }] },
    });
    expect(accepted(text)).toMatchObject({ content: text, unknownFields: 3, invalidOptionalFields: 0 });
  });

  it('customer_id fills its column if it is a valid integer', () => {
    expect(accepted({ ...ADJUSTMENT, customer_id: 7 })).toMatchObject({ customerId: 7, unknownFields: 1 });
    expect(accepted({ ...ADJUSTMENT, customer_id: 'x' })).toMatchObject({
      customerId: null,
      unknownFields: 1,
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])('may be named %s', (name) => {
    const text = `${JSON.stringify(ORDER).slice(0, -1)},"${name}":{"quantity":0,"event_type":"x"}}`;
    expect(accepted(text)).toMatchObject({ label: 'ORDER_CREATED', unknownFields: 1, content: text });
  });

  it('__proto__ cannot supply required fields', () => {
    const text = '{"event_type":"ORDER_CREATED","__proto__":{"quantity":1,"customer_id":1,"product_id":1}}';
    expect(faults(text)).toHaveLength(4);
  });
});

describe('An event without a contract', () => {
  it('is accepted as other, with its type unchanged', () => {
    expect(accepted({ event_type: 'PRICE_CHANGED', product_id: 1, customer_id: 2, x: 1 })).toMatchObject({
      label: 'other',
      eventType: 'PRICE_CHANGED',
      productId: 1,
      customerId: 2,
      unknownFields: 0,
      invalidOptionalFields: 0,
    });
    expect(accepted({ ...ORDER, event_type: 'order_created' }).label).toBe('other');
    expect(accepted({ event_type: '' }).eventType).toBe('');
  });

  it.each(['{}', '{"event_type":null}'])('is accepted without a type: %s', (text) => {
    expect(accepted(text)).toMatchObject({
      label: 'other',
      eventType: null,
      productId: null,
      invalidOptionalFields: 0,
    });
  });

  it.each(['["ORDER_CREATED"]', '{"a":1}', '1', 'true'])(
    'is accepted with the type %s, which is counted as wrong',
    (type) => {
      expect(accepted(`{"event_type":${type}}`)).toMatchObject({
        label: 'other',
        eventType: null,
        invalidOptionalFields: 1,
      });
    },
  );

  it('leaves a column empty if the id is not a safe integer', () => {
    expect(accepted('{"product_id":"1","customer_id":9007199254740993}')).toMatchObject({
      productId: null,
      customerId: null,
      invalidOptionalFields: 2,
    });
    expect(accepted('{"product_id":null,"customer_id":1.5}')).toMatchObject({
      productId: null,
      invalidOptionalFields: 1,
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'other'])(
    'may have the type %s',
    (type) => {
      expect(accepted({ ...ORDER, event_type: type })).toMatchObject({ label: 'other', eventType: type });
    },
  );

  it('has lone surrogates in its type replaced', () => {
    expect(accepted('{"event_type":"a\\ud800b"}')).toMatchObject({
      eventType: 'a\uFFFDb',
      content: '{"event_type":"a\\ud800b"}',
    });
  });
});

describe('The length of event_type', () => {
  it('is at most 50 code points, not 50 UTF-16 code units', () => {
    expect(accepted({ event_type: '🍷'.repeat(50) }).eventType).toBe('🍷'.repeat(50));
    for (const event_type of ['x'.repeat(51), '🍷'.repeat(51), 'x'.repeat(1_000_000)]) {
      expect(rejected({ event_type })).toEqual({
        kind: 'reject',
        type: 'invalid_schema',
        reason: 'event_type is longer than 50 characters.',
        details: [
          { field: 'event_type', rule: 'maxLength', expected: 'at most 50 characters', actualType: 'string' },
        ],
        label: 'other',
        eventType: null,
      });
    }
  });
});

describe('An event', () => {
  it('is validated by the last of duplicate keys, as JSON.parse reads them', () => {
    const order = JSON.stringify(ORDER).slice(0, -1);
    expect(accepted(`${order},"product_id":7}`)).toMatchObject({ productId: 7, unknownFields: 0 });
    expect(faults(`${order},"quantity":0}`)).toEqual(['quantity:min']);
  });

  it('may contain lone surrogates, NUL and huge numbers in undeclared fields', () => {
    const text = `${JSON.stringify(ORDER).slice(0, -1)},"a":"\\ud800","b":"\\u0000","c":1e400,"d":${'9'.repeat(400)}}`;
    expect(accepted(text)).toMatchObject({ content: text, unknownFields: 4 });
  });

  it.each([200, 100_000])('may nest %d levels deep in declared and undeclared fields', (levels) => {
    const order = JSON.stringify(ORDER).slice(0, -1);
    expect(accepted(`${order},"deep":${nested(levels)}}`).unknownFields).toBe(1);
    expect(accepted(`${order},"emoji":${nested(levels)}}`).invalidOptionalFields).toBe(1);
    expect(accepted(`{"event_type":${nested(levels)}}`).invalidOptionalFields).toBe(1);
    expect(faults(`${order},"quantity":${nested(levels)}}`)).toEqual(['quantity:isInt']);
    expect(rejected(nested(levels)).type).toBe('not_an_object');
    expect(rejected('{"a":'.repeat(levels)).type).toBe('json_decode');
  });

  it('of one megabyte is accepted', () => {
    const text = JSON.stringify({ ...ORDER, product_name: 'é'.repeat(500_000) });
    expect(accepted(text).content).toBe(text);
  });
});

describe('A tombstone', () => {
  it('is neither accepted nor rejected', () => {
    expect(validator.validate(null)).toEqual({ kind: 'tombstone' });
  });
});

describe('an event type without a contract', () => {
  const strict = new EventValidator({ maxBytes: 1_000, unknownTypes: 'dead-letter' });
  const bytes = (event: object) => Buffer.from(JSON.stringify(event));

  it('is stored by default, and a near miss is reported', () => {
    expect(validator.validate(bytes({ event_type: 'BOTTLE_RETURNED' }))).toMatchObject({ kind: 'accept' });
    expect(validator.validate(bytes({ event_type: 'BOTTLE_RETURNED' }))).not.toHaveProperty('nearMiss');
    expect(validator.validate(bytes({ event_type: 'order_created' }))).toMatchObject({
      kind: 'accept',
      label: 'other',
      eventType: 'order_created',
      nearMiss: { named: 'order_created', contract: 'ORDER_CREATED' },
    });
  });

  it.each([
    ['BOTTLE_RETURNED', 'string', 'BOTTLE_RETURNED'],
    [undefined, 'absent', null],
    [null, 'null', null],
    [7, 'number', null],
  ])('is refused with UNKNOWN_EVENT_TYPES=dead-letter: %j', (named, actualType, eventType) => {
    expect(strict.validate(bytes({ event_type: named }))).toEqual({
      kind: 'reject',
      type: 'invalid_schema',
      reason: 'event_type names no contract, and UNKNOWN_EVENT_TYPES is dead-letter.',
      details: [
        {
          field: 'event_type',
          rule: 'isIn',
          expected: 'one of ORDER_CREATED, INVENTORY_ADJUSTED',
          actualType,
        },
      ],
      label: 'other',
      eventType,
    });
  });

  it('is reported as a near miss when it is refused, too', () => {
    expect(strict.validate(bytes({ event_type: 'ORDER_CRAETED' }))).toMatchObject({
      kind: 'reject',
      nearMiss: { named: 'ORDER_CRAETED', contract: 'ORDER_CREATED' },
    });
  });
});

describe('a value with the frame of a schema registry', () => {
  const reasonOf = (...pieces: (number[] | string)[]) => {
    const value = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
    const result = validator.validate(value);
    return result.kind === 'reject' && result.type === 'json_decode' ? result.reason : null;
  };
  const framed = (id: string) =>
    `The value is not JSON: it begins with the frame of a schema registry (magic byte 0, schema id ${id}), ` +
    'so its producer serializes with that registry.';

  it('is named as that, with its id', () => {
    expect(reasonOf([0, 0, 0, 1, 2], '{"event_type":"ORDER_CREATED"}')).toBe(framed('258'));
    expect(reasonOf([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80])).toBe(framed('4294967295'));
    expect(reasonOf([0, 0, 0, 0, 0, 0, 0, 0, 7], '{}')).toBe(framed('7'));
  });

  it('is not seen where there is none', () => {
    expect(reasonOf([0, 0, 0, 1])).toMatch(/^The value is not JSON\b(?!.*frame)/);
    expect(reasonOf([0, 0, 0, 0, 0, 0xff])).toBe('The value is not UTF-8.');
    expect(reasonOf([1, 0, 0, 0, 7])).toMatch(/^The value is not JSON\b(?!.*frame)/);
  });
});
