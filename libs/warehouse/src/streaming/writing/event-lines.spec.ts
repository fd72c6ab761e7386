import fc from 'fast-check';
import type { StoredRow } from '#pipeline';
import { anyRow, anyText, utf8 } from '#testing/arbitraries';
import { toEventRow } from '../../rows/event-row.js';
import { EventLines } from './event-lines.js';

const anyEvent = anyRow(
  fc.oneof(
    anyText.map((text) => utf8(JSON.stringify({ text }, null, '\t'))),
    fc.nat(60_000).map((length) => utf8(JSON.stringify({ text: '"\\\n🍷'.repeat(length / 4) }))),
  ),
);

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
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 5 }), (rows) => {
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
