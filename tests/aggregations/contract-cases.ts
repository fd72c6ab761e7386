import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { REPOSITORY_ROOT } from '#testing';

type Event = Record<string, unknown>;

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
/** JSON that near misses of the rules are made of. */
const VALUES = [
  ...['null', '""', '0', '-0', '-0.0', '1', '-1', '1.5', '5.0', '1e3', '100e-2', '1E-2', 'true', 'false'],
  ...['9007199254740991', '-9007199254740991', '9007199254740992', '-9007199254740992', '9007199254740993'],
  ...['9007199254740991.4', '1e30', '1e400', '-1e400', '"1"', '"1.0"', '[]', '{}', '[1]', '{"quantity":1}'],
  ...[
    '"SPOILAGE"',
    '"spoilage"',
    '["SPOILAGE"]',
    '"REPLENISHMENT"',
    '"ORDER_CREATED"',
    '"INVENTORY_ADJUSTED"',
  ],
  ...['"aaf2de07-b119-4031-a054-5b98983ef050"', '"AAF2DE07-B119-4031-A054-5B98983EF050"'],
  ...['"00000000-0000-0000-0000-000000000000"', '"urn:uuid:aaf2de07-b119-4031-a054-5b98983ef050"'],
  ...['"aaf2de07-b119-4031-a054-5b98983ef050\\n"', '"{aaf2de07-b119-4031-a054-5b98983ef050}"'],
  ...['"aaf2de07b1194031a0545b98983ef050"', '"\\ud800"', '"\\u0000"', '"}"', '"\\",\\"quantity\\":7,\\""'],
];
const NAMES = [
  ...Object.keys(ORDER),
  ...Object.keys(ADJUSTMENT),
  'end',
  'Quantity',
  '__proto__',
  'event type',
];

/** Texts around and inside of a valid event, and bytes that are no text. */
function oddValues(event: Event): Buffer[] {
  const text = JSON.stringify(event);
  const inside = text.slice(1, -1);
  const texts = [
    ...[text, ` ${text}\n`, `${text} x`, `${text}${text}`, `${text},${text}`, `[${text}]`, `/* */${text}`],
    ...[
      `\uFEFF${text}`,
      text.slice(0, -1),
      `${text}}`,
      `{${inside},}`,
      text.replaceAll('"', "'"),
      '',
      'null',
      '1',
    ],
    ...[
      `{${inside},"end":1}`,
      `{${inside},"end":{"end":[1]}}`,
      `{${inside},"x":{"end":{"event_type":"END","quantity":"0"},"value":null,"time":[{"end":1}]}}`,
      `{"a":1,"a":2,${inside}}`,
      `{${inside},"a":"\uFFFD"}`,
    ],
    ...[`{${inside},"a":NaN}`, `{${inside},"a":01}`, `{${inside},"a":"\t"}`, `{${inside},"a":1e400}`],
    ...[`{${inside},"deep":${'['.repeat(500)}${']'.repeat(500)}}`, `{${inside},"a":${'9'.repeat(900)}}`],
    ...[`{"x":${text}}`, `{${inside},"x":${text}}`, `{"event_type":${text}}`, text.replace(':', ' :\r\n')],
    ...[text.replace('event_type', 'event\\u005ftype'), text.replace('_CREATED', '\\u005fCREATED')],
  ].map((each) => Buffer.from(each));
  const invalid = ['ff', 'c3', 'eda080', 'c080'].map((hex) =>
    Buffer.concat([Buffer.from(`{${inside},"a":"`), Buffer.from(hex, 'hex'), Buffer.from('"}')]),
  );
  return [...texts, ...invalid];
}

/** Both events with some fields replaced, removed or repeated; the same cases in each run. */
function mutated(count: number): Buffer[] {
  const field = fc.tuple(
    fc.constantFrom(...NAMES),
    fc.option(fc.constantFrom(...VALUES), { nil: undefined }),
  );
  const event = fc.tuple(fc.constantFrom<Event>(ORDER, ADJUSTMENT), fc.array(field, { maxLength: 3 }));
  return fc.sample(event, { numRuns: count, seed: 26 }).map(([original, changes]) => {
    const parts = Object.entries(original).map(([name, value]) => [name, JSON.stringify(value)]);
    for (const [name, json] of changes) {
      const at = parts.findIndex(([each]) => each === name);
      if (json === undefined) parts.splice(at, at < 0 ? 0 : 1);
      else parts.push([name, json]);
    }
    return Buffer.from(`{${parts.map(([name, json]) => `"${name}":${json}`).join(',')}}`);
  });
}

/** The samples without their times. */
function samples(): Buffer[] {
  const path = join(REPOSITORY_ROOT, 'libs/testing/fixtures/sales_events.ndjson');
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const event = JSON.parse(line) as Event;
      delete event['event_ts'];
      return Buffer.from(JSON.stringify(event));
    });
}

/** Values on both sides of every rule of the contracts. None has an event_ts. */
export function contractCases(): Buffer[] {
  const single = [ORDER, ADJUSTMENT].flatMap((event) =>
    Object.keys(event).flatMap((name) =>
      VALUES.map((json) => Buffer.from(JSON.stringify({ ...event, [name]: '?' }).replace('"?"', () => json))),
    ),
  );
  return [...samples(), ...oddValues(ORDER), ...oddValues(ADJUSTMENT), ...single, ...mutated(2_000)];
}

export const VALID_ORDER = Buffer.from(JSON.stringify(ORDER));

/** What event_ts may say, and the time that it means; null if it means none. */
export const TIMES: readonly [text: string, meaning: string | null][] = [
  ['2026-11-23T05:17:56.752305+00:00', '2026-11-23T05:17:56Z'],
  ['2026-11-23 05:17:57Z', '2026-11-23T05:17:57Z'],
  ['2026-11-23T05:17:58', '2026-11-23T05:17:58Z'],
  ['2026-11-23T05:17:59+02:30', '2026-11-23T02:47:59Z'],
  ['2028-02-29T10:00:00Z', '2028-02-29T10:00:00Z'],
  ['2000-02-29T10:00:01Z', '2000-02-29T10:00:01Z'],
  ['1972-02-29T10:00:02Z', '1972-02-29T10:00:02Z'],
  ['2026-01-31T10:00:03Z', '2026-01-31T10:00:03Z'],
  ...['2026-02-29', '2026-02-30', '2026-02-31', '2100-02-29', '2026-04-31', '2026-11-31', '2026-01-32'].map(
    (day): [string, null] => [`${day}T10:00:00Z`, null],
  ),
  ...['2026-13-01T10:00:00Z', '2026-11-23T24:00:00Z', '2026-11-23T05:17:56+15:00', '23.11.2026', ''].map(
    (text): [string, null] => [text, null],
  ),
];

/** An order with fields as they are written, and the time that its event_ts means. */
export const WRITTEN_TIMES: readonly [fields: string, meaning: string | null][] = [
  ['"event_ts":"2026-05-01T10:00:00Z"', '2026-05-01T10:00:00Z'],
  ['"event_ts" :\n"2026-05-01T10:00:01Z"', '2026-05-01T10:00:01Z'],
  ['"event_ts": "1999-01-01T00:00:00Z", "event_ts": "2026-05-01T10:00:02Z"', '2026-05-01T10:00:02Z'],
  ['"event_ts": "1999-01-01T00:00:00Z", "event\\u005fts": "2026-05-01T10:00:03Z"', '2026-05-01T10:00:03Z'],
  ['"end": {"event_ts": "1999-01-01T00:00:00Z"}, "event_ts": "2026-05-01T10:00:04Z"', '2026-05-01T10:00:04Z'],
  [
    '"event_ts": "2026-05-01T10:00:05Z", "x": "{[\\"event_ts\\": \\"1999-01-01T00:00:00Z\\""',
    '2026-05-01T10:00:05Z',
  ],
  ['"x": {"event_ts": "1999-01-01T00:00:00Z"}', null],
  ['"\\"event_ts": "1999-01-01T00:00:00Z"', null],
  ['"event_ts": null, "1999-01-01T00:00:00Z": 1', null],
  ['"event_ts": ["1999-01-01T00:00:00Z"]', null],
];

/** An optional field as it is written, and its text; the empty text if it counts as missing. */
export const OPTIONAL_FIELDS: readonly [json: string, text: string][] = [
  ['"E-com"', 'E-com'],
  ['"\\ud83c\\udf77 Ros\\u00e9, {sec}: null"', '🍷 Rosé, {sec}: null'],
  ['"\\"E\\"\\n\\\\"', '"E"\n\\'],
  ['5', '5'],
  ['-1.50', '-1.50'],
  ['true', 'true'],
  ['""', ''],
  ['null', ''],
  ['{"sales_channel":"E-com","category":"E-com","warehouse_location":"E-com","end":1}', ''],
  ['["E-com"]', ''],
  ['"null"', 'null'],
  ['1, "sales_channel": "2", "category": "2", "warehouse_location": "2"', '2'],
];

/** An order and a movement with that field, the order as its channel and its category. */
export function withOptional(json: string): Buffer[] {
  const fields = ['sales_channel', 'category', 'warehouse_location'].map((name) => `"${name}": ${json}`);
  return [ORDER, ADJUSTMENT].map((event) => writtenWith(event, fields.join(', ')));
}

export function orderWith(fields: string): Buffer {
  return writtenWith(ORDER, fields);
}

function writtenWith(event: Event, fields: string): Buffer {
  return Buffer.from(`${JSON.stringify(event).slice(0, -1)}, ${fields}}`);
}

export function orderAt(event_ts: string): Buffer {
  return Buffer.from(JSON.stringify({ ...ORDER, event_ts }));
}
