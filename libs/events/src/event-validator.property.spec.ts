import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { EventValidator } from './event-validator.js';
import { EVENT_LABELS } from './event-types.js';

const MAX_BYTES = 4096;
const validator = new EventValidator({ maxBytes: MAX_BYTES });
const samples = readFileSync(new URL('../../testing/fixtures/sales_events.ndjson', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

const sample = fc.constantFrom(...samples);
const sampleFields = fc.constantFrom(
  ...new Set(samples.flatMap((text) => Object.keys(JSON.parse(text) as object))),
  '__proto__',
  'constructor',
  'length',
);

/** A sample with some bytes overwritten, removed or inserted. */
const damagedSample = fc
  .tuple(sample, fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 4 })), { maxLength: 5 }))
  .map(([text, edits]) => {
    const bytes = [...Buffer.from(text)];
    for (const [at, removed, added] of edits) bytes.splice(at % bytes.length, removed, ...added);
    return Buffer.from(bytes);
  });

/** A sample with some fields replaced by any JSON. */
const wrongSample = fc
  .tuple(sample, fc.array(fc.tuple(sampleFields, fc.json()), { maxLength: 5 }))
  .map(([text, fields]) =>
    Buffer.from(`${text.slice(0, -1)}${fields.map(([name, json]) => `,"${name}":${json}`).join('')}}`),
  );

const nestedSample = fc
  .tuple(sample, sampleFields, fc.nat(1500), fc.boolean())
  .map(([text, field, levels, isObject]) => {
    const deep = isObject
      ? `${'{"a":'.repeat(levels / 4)}1${'}'.repeat(levels / 4)}`
      : `${'['.repeat(levels)}${']'.repeat(levels)}`;
    return Buffer.from(`${text.slice(0, -1)},"${field}":${deep}}`);
  });

const anyValue = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  damagedSample,
  wrongSample,
  nestedSample,
  fc.constant(null),
);

describe('EventValidator, on any bytes,', () => {
  it('returns a consistent result and never throws', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const result = validator.validate(value);
        switch (result.kind) {
          case 'tombstone':
            expect(value).toBeNull();
            break;
          case 'accept':
            expect(value !== null && result.content.equals(value)).toBe(true);
            expect(EVENT_LABELS).toContain(result.label);
            expect(result.productId === null || Number.isSafeInteger(result.productId)).toBe(true);
            expect(result.customerId === null || Number.isSafeInteger(result.customerId)).toBe(true);
            expect(result.unknownFields).toBeGreaterThanOrEqual(0);
            break;
          case 'reject':
            expect(result.reason).toMatch(/^[A-Za-z_].*\.$/);
            expect(EVENT_LABELS).toContain(result.label);
            expect(result.details.length > 0).toBe(result.type === 'invalid_schema');
            expect(result.type === 'too_large').toBe(value !== null && value.length > MAX_BYTES);
            break;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('returns the same result a second time', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(validator.validate(value)).toEqual(validator.validate(value));
      }),
    );
  });

  it('returns the same result if all non-ASCII characters are escaped', () => {
    // Escaped text is longer.
    const roomy = new EventValidator({ maxBytes: 16 * MAX_BYTES });
    const text = fc.string({ unit: 'grapheme' });
    const field = fc.tuple(
      fc.oneof(sampleFields, text),
      fc.oneof(text, fc.jsonValue({ stringUnit: 'grapheme' })),
    );
    const value = fc
      .tuple(sample, fc.array(field, { maxLength: 5 }))
      .map(([event, fields]) => ({ ...(JSON.parse(event) as object), ...Object.fromEntries(fields) }));
    fc.assert(
      fc.property(value, (event) => {
        const json = JSON.stringify(event);
        const escaped = json.replace(
          /[^ -~]/g,
          (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
        const content = Buffer.alloc(0);
        expect({ ...roomy.validate(Buffer.from(json)), content }).toEqual({
          ...roomy.validate(Buffer.from(escaped)),
          content,
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
