import fc from 'fast-check';
import type { StoredRow } from '#pipeline';

export const utf8 = (text: string): Buffer => Buffer.from(text.toWellFormed());

export const anyText = fc.string({ unit: 'binary', maxLength: 80 });

const anyInteger = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 1_000 }));

/** A row with any values that events can have, and this content. */
export function anyRow(content: fc.Arbitrary<Buffer>): fc.Arbitrary<StoredRow> {
  return fc.record({
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
    content,
    redriveId: fc.constant(null),
  });
}
