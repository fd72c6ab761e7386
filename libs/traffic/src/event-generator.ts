import { CATALOGUE } from './catalogue.js';
import type { Random } from './random.js';

export type SalesEventType = 'ORDER_CREATED' | 'INVENTORY_ADJUSTED';

/** A field, and its value as JSON text. */
type Field = [name: string, json: string];

/** An event before it is serialized. */
export interface SalesEvent {
  eventType: SalesEventType;
  /** `order_line_id` or `event_id`. */
  id: string;
  /** The fields in order, with their values as JSON text, so that a bad value can be any text. */
  fields: Map<string, string>;
}

const ORDER_SHARE = 0.7;
const DISCOUNTED_SHARE = 0.2;
const CUSTOMERS = 150;
const BOTTLE_SIZES_L = [0.375, 0.5, 0.75, 1, 1.5];
const SALES_CHANNELS = ['E-com', 'Boutique Paris', 'Boutique Lyon', 'Boutique Bordeaux'].map(text);
const LOCATIONS = ['Cave Centrale', 'Entrepôt Paris', 'Entrepôt Lyon', 'Entrepôt Bordeaux'].map(text);
/** Numbers of bottles in an order line, and their weights. */
const QUANTITIES = [
  [1, 62],
  [2, 27],
  [3, 8],
  [6, 3],
] as const;
const ADJUSTMENTS: [{ type: string; emoji: string; min: number; max: number }, share: number][] = [
  [{ type: 'REPLENISHMENT', emoji: '📦', min: 20, max: 150 }, 65],
  [{ type: 'CORRECTION', emoji: '✏️', min: -15, max: -1 }, 25],
  [{ type: 'SPOILAGE', emoji: '❌', min: -15, max: -1 }, 10],
];

const PRODUCTS = CATALOGUE.map(({ id, name, category, unitPrice }) => ({
  cents: Math.round(unitPrice * 100),
  fields: [
    ['product_id', integer(id)],
    ['product_name', text(name)],
    ['category', text(category)],
  ] satisfies Field[],
}));

/** Generates sales events like those of the shops and the warehouses. */
export class EventGenerator {
  /** @param now the time in epoch milliseconds */
  constructor(
    private readonly random: Random,
    private readonly now: () => number = Date.now,
  ) {}

  next(): SalesEvent {
    return this.random.chance(ORDER_SHARE) ? this.orderCreated() : this.inventoryAdjusted();
  }

  orderCreated(): SalesEvent {
    const { random } = this;
    const id = random.uuid();
    const { cents, fields } = random.pick(PRODUCTS);
    const quantity = random.weighted(QUANTITIES);
    const discount = random.chance(DISCOUNTED_SHARE) ? random.integer(1, 999) / 100 : 0;
    return event('ORDER_CREATED', id, [
      ['order_line_id', text(id)],
      ['customer_id', integer(random.integer(1, CUSTOMERS))],
      ...fields,
      ['quantity', integer(quantity)],
      ['unit_price', decimal(cents / 100)],
      // The discount is not deducted from the total.
      ['total_price', decimal((cents * quantity) / 100)],
      ['discount', decimal(discount)],
      ['bottle_size_l', decimal(random.pick(BOTTLE_SIZES_L))],
      ['sales_channel', random.pick(SALES_CHANNELS)],
      ['event_ts', text(this.timestamp())],
      ['source_service', text('ecom_api')],
      ['emoji', text('🛒')],
    ]);
  }

  inventoryAdjusted(): SalesEvent {
    const { random } = this;
    const id = random.uuid();
    const { type, emoji, min, max } = random.weighted(ADJUSTMENTS);
    return event('INVENTORY_ADJUSTED', id, [
      ['event_id', text(id)],
      ...random.pick(PRODUCTS).fields,
      ['quantity_change', integer(random.integer(min, max))],
      ['adjustment_type', text(type)],
      ['warehouse_location', random.pick(LOCATIONS)],
      ['event_ts', text(this.timestamp())],
      ['source_service', text('warehouse_management')],
      ['emoji', text(emoji)],
    ]);
  }

  /** With microseconds, as in Python: `2026-11-23T05:17:56.752305+00:00`. */
  private timestamp(): string {
    const iso = new Date(this.now()).toISOString();
    return `${iso.slice(0, -1)}${String(this.random.integer(0, 999)).padStart(3, '0')}+00:00`;
  }
}

/** The event as JSON with Python's separators; with `ascii`, non-ASCII characters become \u escapes. */
export function jsonText(fields: ReadonlyMap<string, string>, { ascii }: { ascii: boolean }): string {
  const parts: string[] = [];
  for (const [name, value] of fields) parts.push(`"${name}": ${value}`);
  const json = `{${parts.join(', ')}}`;
  return ascii ? json.replace(/[\u0080-\uFFFF]/g, escaped) : json;
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function event(eventType: SalesEventType, id: string, fields: Field[]): SalesEvent {
  return { eventType, id, fields: new Map([['event_type', text(eventType)], ...fields]) };
}

function text(value: string): string {
  return JSON.stringify(value);
}

function integer(value: number): string {
  return String(value);
}

/** A float in Python's format: `1.0`, `26.32`. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
