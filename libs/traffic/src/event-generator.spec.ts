import { readFileSync } from 'node:fs';
import { CATALOGUE } from './catalogue.js';
import { EventGenerator, jsonText } from './event-generator.js';
import { Random } from './random.js';

type Event = Record<string, unknown>;

const samples = readFileSync(new URL('../../testing/fixtures/sales_events.ndjson', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '');

function generated(count: number, seed = 1): Event[] {
  const generator = new EventGenerator(new Random(seed));
  return Array.from(
    { length: count },
    () => JSON.parse(jsonText(generator.next().fields, { ascii: false })) as Event,
  );
}

const ofType = (events: Event[], type: string) => events.filter((event) => event['event_type'] === type);
const sampled = samples.map((line) => JSON.parse(line) as Event);
const events = generated(5000);

describe.each(['ORDER_CREATED', 'INVENTORY_ADJUSTED'])('Generated %s events', (type) => {
  const ours = ofType(events, type);
  const theirs = ofType(sampled, type);

  it('have the fields of the samples, in the same order', () => {
    const names = new Set(theirs.map((event) => Object.keys(event).join()));
    expect(new Set(ours.map((event) => Object.keys(event).join()))).toEqual(names);
  });

  // total_price depends on the others and is checked below.
  it.each(
    Object.keys(theirs[0] ?? {}).filter(
      (field) => !['order_line_id', 'event_id', 'event_ts', 'total_price'].includes(field),
    ),
  )('have a %s like the samples', (field) => {
    const values = (list: Event[]) => list.map((event) => event[field]);
    if (typeof theirs[0]?.[field] === 'string') {
      expect(values(ours)).toEqual(expect.arrayContaining([...new Set(values(theirs))]));
      expect(new Set(values(ours)).size).toBeLessThanOrEqual(50);
    } else {
      const numbers = (list: Event[]) => values(list).map(Number);
      const [low, high] = [Math.min(...numbers(theirs)), Math.max(...numbers(theirs))];
      const reach = (high - low) * 0.1;
      expect(Math.min(...numbers(ours))).toBeGreaterThanOrEqual(low - reach);
      expect(Math.max(...numbers(ours))).toBeLessThanOrEqual(high + reach);
    }
  });
});

describe('Generated events', () => {
  it('are 70% orders', () => {
    expect(ofType(events, 'ORDER_CREATED').length / events.length).toBeCloseTo(0.7, 1);
  });

  it('have the products of the samples, each with its own name, category and price', () => {
    for (const event of [...sampled, ...events]) {
      const product = CATALOGUE.find(({ id }) => id === event['product_id']);
      expect(event).toMatchObject({ product_name: product?.name, category: product?.category });
      if ('unit_price' in event) expect(event['unit_price']).toBe(product?.unitPrice);
    }
    expect(CATALOGUE.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => 1000 + index));
  });

  it('have totals that are exact to the cent, before the discount', () => {
    for (const { quantity, unit_price, total_price } of ofType(events, 'ORDER_CREATED')) {
      expect(total_price).toBe(Number((Number(quantity) * Number(unit_price)).toFixed(2)));
    }
  });

  it('have the current time in the format of Python', () => {
    const generator = new EventGenerator(new Random(1), () => Date.UTC(2026, 10, 23, 5, 17, 56, 752));
    expect(generator.orderCreated().fields.get('event_ts')).toMatch(
      /^"2026-11-23T05:17:56\.752\d{3}\+00:00"$/,
    );
  });

  it('have unique ids', () => {
    const generator = new EventGenerator(new Random(1));
    const ids = Array.from({ length: 1000 }, () => {
      const { id, fields } = generator.next();
      expect(fields.get('order_line_id') ?? fields.get('event_id')).toBe(`"${id}"`);
      return id;
    });
    expect(new Set(ids).size).toBe(1000);
    expect(ids).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      ]),
    );
  });
});

describe('jsonText', () => {
  it('writes the format of the samples, with and without escapes', () => {
    const values = new Map([
      ['product_name', '"Merlot 2014 – Réserve"'],
      ['discount', '0.0'],
      ['emoji', '"🛒"'],
    ]);
    expect(jsonText(values, { ascii: false })).toBe(
      '{"product_name": "Merlot 2014 – Réserve", "discount": 0.0, "emoji": "🛒"}',
    );
    expect(jsonText(values, { ascii: true })).toBe(
      '{"product_name": "Merlot 2014 \\u2013 R\\u00e9serve", "discount": 0.0, "emoji": "\\ud83d\\uded2"}',
    );
  });

  it('writes numbers as Python does', () => {
    const generator = new EventGenerator(new Random(1));
    for (let index = 0; index < 500; index += 1) {
      const { fields } = generator.orderCreated();
      for (const name of ['unit_price', 'total_price', 'discount', 'bottle_size_l']) {
        expect(fields.get(name)).toMatch(/^\d+\.(\d|\d*[1-9])$/);
      }
    }
  });
});
