import { randomUUID } from 'node:crypto';
import type { ErrorType } from '#pipeline';

/** A message and its expected outcome: `stored`, `skipped`, or the error type of its dead letter. */
export interface InputCase {
  name: string;
  value: Buffer | string | null;
  expected: 'stored' | 'skipped' | ErrorType;
  key?: Buffer | string;
  headers?: Record<string, Buffer | string>;
}

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0f88e6bc-9341-4393-b4b0-c8945448277c',
  customer_id: 63,
  product_id: 1001,
  quantity: 2,
};
const INVENTORY = {
  event_type: 'INVENTORY_ADJUSTED',
  event_id: '0eb5b332-256e-4ed4-bc28-37e3e8b5b931',
  product_id: 1001,
  quantity_change: -3,
  adjustment_type: 'SPOILAGE',
};
const order = (changes: Record<string, unknown>) => JSON.stringify({ ...ORDER, ...changes });
const inventory = (changes: Record<string, unknown>) => JSON.stringify({ ...INVENTORY, ...changes });

/** Every known mistake of producers, and valid messages that look wrong. */
export const INPUT_CASES: InputCase[] = [
  { name: 'an order', value: order({}), expected: 'stored' },
  { name: 'a stock adjustment', value: inventory({}), expected: 'stored' },
  {
    name: 'unescaped emoji and accents',
    value: order({ product_name: 'Rosé – Réserve', emoji: '🍷' }),
    expected: 'stored',
  },
  { name: 'escaped emoji', value: order({}).replace('}', ',"emoji":"\\ud83c\\udf77"}'), expected: 'stored' },
  { name: 'white space around', value: `\n\t ${order({})} \r\n`, expected: 'stored' },
  {
    name: 'invalid UTF-8',
    value: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
    expected: 'json_decode',
  },
  { name: 'truncated JSON', value: order({}).slice(0, -5), expected: 'json_decode' },
  { name: 'an empty value', value: '', expected: 'json_decode' },
  { name: 'a byte order mark', value: `\ufeff${order({})}`, expected: 'json_decode' },
  { name: 'two documents', value: `${order({})}${order({})}`, expected: 'json_decode' },
  { name: 'NaN', value: '{"event_type":"X","n":NaN}', expected: 'json_decode' },
  { name: 'a JSON string', value: '"str"', expected: 'not_an_object' },
  { name: 'a JSON number', value: '42', expected: 'not_an_object' },
  { name: 'a JSON null', value: 'null', expected: 'not_an_object' },
  { name: 'a JSON boolean', value: 'true', expected: 'not_an_object' },
  { name: 'a JSON array', value: '[1,2]', expected: 'not_an_object' },
  { name: 'a tombstone', value: null, expected: 'skipped' },
  { name: 'an event of 900 KB', value: order({ note: 'x'.repeat(900_000) }), expected: 'stored' },
  {
    name: '200 levels of nesting',
    value: order({ deep: 0 }).replace(':0}', `:${'['.repeat(200)}${']'.repeat(200)}}`),
    expected: 'stored',
  },
  { name: 'duplicate keys', value: '{"event_type":"CELLAR_VISITED","a":1,"a":2}', expected: 'stored' },
  {
    name: 'an unknown number beyond 2^53',
    value: '{"event_type":"CELLAR_VISITED","n":9007199254740993}',
    expected: 'stored',
  },
  { name: 'a NUL as an escape', value: order({ note: 'a\u0000b' }), expected: 'stored' },
  {
    name: 'a __proto__ key',
    value: '{"event_type":"CELLAR_VISITED","__proto__":{"customer_id":5}}',
    expected: 'stored',
  },
  {
    name: 'a constructor key',
    value: '{"event_type":"CELLAR_VISITED","constructor":{"prototype":{}}}',
    expected: 'stored',
  },
  { name: 'an event type named like a method', value: '{"event_type":"toString"}', expected: 'stored' },
  {
    name: 'an unknown event type',
    value: '{"event_type":"CELLAR_VISITED","customer_id":"x"}',
    expected: 'stored',
  },
  { name: 'no event type', value: '{"a":1}', expected: 'stored' },
  { name: 'a list as event type', value: '{"event_type":["ORDER_CREATED"]}', expected: 'stored' },
  {
    name: 'an event type of 51 characters',
    value: `{"event_type":"${'x'.repeat(51)}"}`,
    expected: 'invalid_schema',
  },
  { name: 'an event type of 50 emoji', value: `{"event_type":"${'🍷'.repeat(50)}"}`, expected: 'stored' },
  { name: 'a missing required field', value: order({ customer_id: undefined }), expected: 'invalid_schema' },
  { name: 'a null in a required field', value: order({ product_id: null }), expected: 'invalid_schema' },
  { name: 'text in a required number', value: order({ customer_id: 'abc' }), expected: 'invalid_schema' },
  { name: 'a number as text', value: order({ customer_id: '63' }), expected: 'invalid_schema' },
  { name: 'a fraction in a required integer', value: order({ quantity: 1.5 }), expected: 'invalid_schema' },
  { name: 'a quantity of 0', value: order({ quantity: 0 }), expected: 'invalid_schema' },
  {
    name: 'a required integer beyond 2^53',
    value: order({ product_id: 0 }).replace(':0', ':9007199254740993'),
    expected: 'invalid_schema',
  },
  {
    name: 'a required integer of 1e400',
    value: order({ product_id: 0 }).replace(':0', ':1e400'),
    expected: 'invalid_schema',
  },
  { name: 'an id that is no UUID', value: order({ order_line_id: '12' }), expected: 'invalid_schema' },
  {
    name: 'an unknown adjustment type',
    value: inventory({ adjustment_type: 'THEFT' }),
    expected: 'invalid_schema',
  },
  { name: 'an optional field of the wrong type', value: order({ discount: 'none' }), expected: 'stored' },
  { name: 'a key that is not UTF-8', value: order({}), key: Buffer.from([0xff, 0xfe]), expected: 'stored' },
  {
    name: 'a header that is not UTF-8',
    value: order({ quantity: -1 }),
    headers: { h: Buffer.from([0xff]) },
    expected: 'invalid_schema',
  },
  {
    name: 'text that looks like SQL',
    value: order({ note: `'); DROP TABLE RAW_EVENTS_STREAM; -- ? :1 $$ \\` }),
    expected: 'stored',
  },
];

/** What DuckDB's JSON rejects although JSON.parse accepts it. */
export const REFUSED_BY_DUCKDB: InputCase[] = [
  {
    name: 'a lone surrogate',
    value: '{"event_type":"CELLAR_VISITED","s":"\\ud800"}',
    expected: 'warehouse_rejected',
  },
];

/** A message with a valid order and its own id. */
export function validOrder(customerId = 63): { key: string; value: string } {
  const id = randomUUID();
  return { key: id, value: order({ order_line_id: id, customer_id: customerId }) };
}
