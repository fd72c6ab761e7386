import type { RejectionType } from '#events';
import { jsonText } from './event-generator.js';
import type { EventGenerator, SalesEvent, SalesEventType } from './event-generator.js';
import type { Random } from './random.js';

/** One kind of bad events. */
interface BadKindRule {
  /** The error type that the ingester must report. */
  errorType: RejectionType;
  /** The only event type that can be of this kind; any if absent. */
  of?: SalesEventType;
  value(event: SalesEvent, random: Random): Buffer;
}

const REQUIRED_FIELDS: Readonly<Record<SalesEventType, readonly string[]>> = {
  ORDER_CREATED: ['order_line_id', 'customer_id', 'product_id', 'quantity'],
  INVENTORY_ADJUSTED: ['event_id', 'product_id', 'quantity_change', 'adjustment_type'],
};
const ID_FIELD: Readonly<Record<SalesEventType, string>> = {
  ORDER_CREATED: 'order_line_id',
  INVENTORY_ADJUSTED: 'event_id',
};
/** JSON values that are wrong in every required field. */
const WRONG_VALUES = ['"douze"', 'true', '[1]', '{"value": 1}', '1.5'];

const RULES = {
  invalid_utf8: {
    errorType: 'json_decode',
    // A Latin-1 é in an otherwise ASCII text.
    value: (event) => Buffer.from(ascii(event).replace('"product_name": "', '$&\u00e9'), 'latin1'),
  },
  truncated_json: {
    errorType: 'json_decode',
    value: (event, random) => {
      const whole = ascii(event);
      return Buffer.from(whole.slice(0, random.integer(1, whole.length - 1)));
    },
  },
  empty_value: { errorType: 'json_decode', value: () => Buffer.alloc(0) },
  json_scalar: {
    errorType: 'not_an_object',
    value: (_, random) => Buffer.from(random.pick(['42', '"ORDER_CREATED"', 'true', '-1.5e3'])),
  },
  json_array: { errorType: 'not_an_object', value: (event) => Buffer.from(`[${ascii(event)}]`) },
  json_null: { errorType: 'not_an_object', value: () => Buffer.from('null') },
  missing_field: {
    errorType: 'invalid_schema',
    value: (event, random) => {
      const fields = new Map(event.fields);
      fields.delete(random.pick(REQUIRED_FIELDS[event.eventType]));
      return Buffer.from(jsonText(fields, { ascii: random.chance(0.5) }));
    },
  },
  null_field: {
    errorType: 'invalid_schema',
    value: (event, random) => withField(event, random, random.pick(REQUIRED_FIELDS[event.eventType]), 'null'),
  },
  wrong_type: {
    errorType: 'invalid_schema',
    value: (event, random) =>
      withField(event, random, random.pick(REQUIRED_FIELDS[event.eventType]), random.pick(WRONG_VALUES)),
  },
  bad_uuid: {
    errorType: 'invalid_schema',
    value: (event, random) => withField(event, random, ID_FIELD[event.eventType], `"${event.id.slice(1)}"`),
  },
  bad_adjustment_type: {
    errorType: 'invalid_schema',
    of: 'INVENTORY_ADJUSTED',
    value: (event, random) => withField(event, random, 'adjustment_type', '"THEFT"'),
  },
  zero_quantity: {
    errorType: 'invalid_schema',
    of: 'ORDER_CREATED',
    value: (event, random) => withField(event, random, 'quantity', '0'),
  },
  unsafe_integer: {
    errorType: 'invalid_schema',
    value: (event, random) => withField(event, random, 'product_id', '9007199254740993'),
  },
  long_event_type: {
    errorType: 'invalid_schema',
    value: (event, random) => withField(event, random, 'event_type', `"${event.eventType.padEnd(51, '_')}"`),
  },
} as const satisfies Record<string, BadKindRule>;

export type BadKind = keyof typeof RULES;

/** All kinds of bad events. */
export const BAD_KINDS = Object.keys(RULES) as BadKind[];

/** The error type that the dead letter of such an event must have. */
export function expectedErrorType(kind: BadKind): RejectionType {
  return RULES[kind].errorType;
}

/** Generates a bad event with a valid key. */
export function badEvent(
  kind: BadKind,
  events: EventGenerator,
  random: Random,
): { key: string; value: Buffer } {
  const rule: BadKindRule = RULES[kind];
  const event = rule.of === undefined ? events.next() : eventOf(rule.of, events);
  return { key: event.id, value: rule.value(event, random) };
}

function eventOf(type: SalesEventType, events: EventGenerator): SalesEvent {
  return type === 'ORDER_CREATED' ? events.orderCreated() : events.inventoryAdjusted();
}

function ascii(event: SalesEvent): string {
  return jsonText(event.fields, { ascii: true });
}

function withField(event: SalesEvent, random: Random, field: string, json: string): Buffer {
  return Buffer.from(jsonText(new Map(event.fields).set(field, json), { ascii: random.chance(0.5) }));
}
