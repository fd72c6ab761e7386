import fc from 'fast-check';
import type { StoredRow } from '#pipeline';
import { toEventRow } from '../../rows/event-row.js';
import { EventLines } from './event-lines.js';

const utf8 = (text: string) => Buffer.from(text.toWellFormed());
const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const anyInteger = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 1_000 }));

const anyRow: fc.Arbitrary<StoredRow> = fc.record({
  message: fc.record({
    topic: fc.constantFrom('sales_events', 'sales.events-2'),
    partition: fc.integer({ min: 0, max: 3 }),
    offset: fc.maxSafeNat(),
    timestampMs: anyInteger,
    key: fc.oneof(
      fc.constant(null),
      anyText.map(utf8),
      fc.constant(utf8('\uFEFForder')),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    headers: fc.constant({}),
  }),
  eventType: fc.oneof(fc.constantFrom(null, 'ORDER_CREATED', 'INVENTORY_ADJUSTED'), anyText),
  label: fc.constant('other' as const),
  productId: fc.option(anyInteger),
  customerId: fc.option(anyInteger),
  content: fc.oneof(
    anyText.map((text) => utf8(JSON.stringify({ text }, null, '\t'))),
    fc.nat(60_000).map((length) => utf8(JSON.stringify({ text: '"\\\n🍷'.repeat(length / 4) }))),
  ),
  redriveId: fc.constant(null),
});

/** The columns of a row, built from strings. */
function columnsOf(row: StoredRow): Record<string, unknown> {
  const { eventType, productId, customerId, metadata, content } = toEventRow(row);
  return {
    EVENT_TYPE: eventType,
    PRODUCT_ID: productId,
    CUSTOMER_ID: customerId,
    EVENT_METADATA: metadata,
    EVENT_CONTENT: content,
  };
}

describe('lines for the pipe of RAW_EVENTS_STREAM', () => {
  it('hold the columns of a row built from strings, in no more bytes than announced', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = new EventLines(rows);
        for (const [index, row] of rows.entries()) {
          const into = Buffer.alloc(lines.mostBytes(index));
          const line = into.subarray(0, lines.write(index, into, 0)).toString();
          expect(line).not.toMatch(/[\n\r]/);
          expect(JSON.parse(line)).toEqual(columnsOf(row));
        }
      }),
    );
  });
});
