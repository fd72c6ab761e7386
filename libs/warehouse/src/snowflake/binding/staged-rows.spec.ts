import fc from 'fast-check';
import type { StoredRow } from '#pipeline';
import { anyRow, anyText, utf8 } from '#testing/arbitraries';
import { eventMetadata } from '../../rows/event-row.js';
import { columnText } from '../../rows/text.js';
import { PLAIN } from './list-binding.js';
import { encodedRows } from '../../row-lists/row-lists.js';
import { FIRST_EVENT, StagedRows } from './staged-rows.js';
import { TEXT_SEPARATOR } from './row-format.js';

const MAX_LIST_BYTES = 4_096;

const anyEvent = anyRow(anyText.map((text) => utf8(JSON.stringify({ text }))));

/** The values that the staging statement sees, built from strings. */
function plainly(rows: readonly StoredRow[]): unknown[] {
  const events = rows.map(({ message, eventType, productId, customerId, content }, place) => ({
    cells: [
      place,
      eventType === null ? null : columnText(eventType),
      productId,
      customerId,
      JSON.parse(eventMetadata(message)) as unknown,
    ],
    content: content.toString(),
  }));
  return [{ cells: [] }, ...events];
}

async function listed(rows: readonly StoredRow[]): Promise<unknown[]> {
  const staged = new StagedRows(rows);
  const values: unknown[] = [];
  for await (const { list: bind, from, to } of encodedRows(staged, { bytes: MAX_LIST_BYTES }, PLAIN)) {
    const list = (JSON.parse(bind) as string[]).map((row) => row.split(TEXT_SEPARATOR.text));
    expect(list.length).toBe(to - from);
    for (const [cells = '', ...content] of list) {
      values.push({
        cells: JSON.parse(cells) as unknown,
        ...(content.length > 0 && { content: content.join() }),
      });
    }
  }
  return values;
}

describe('rows for the staging table', () => {
  it('equal rows built from strings, whatever their content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 30 }), async (rows) => {
        expect(await listed(rows)).toEqual(plainly(rows));
      }),
    );
  });

  it('keep every kind of character that JSON text can hold', async () => {
    const content = utf8('{"a":\t"\\n\\"\u2028 é 🍷"\r\n, "b": "\u007f"}');
    const key = utf8('"\\\u0001\u001f/');
    const [row] = fc.sample(anyEvent, 1);
    if (row === undefined) throw new Error('no row');
    const marked = utf8('\uFEFForder');
    const rows = [key, marked].map((each) => ({ ...row, content, message: { ...row.message, key: each } }));
    expect(await listed(rows)).toEqual(plainly(rows));
  });

  it('never need more bytes than announced', () => {
    fc.assert(
      fc.property(anyEvent, (row) => {
        const staged = new StagedRows([row]);
        const written = staged.write(FIRST_EVENT, Buffer.alloc(8_192), 0);
        expect(staged.mostBytes(FIRST_EVENT)).toBeGreaterThanOrEqual(written);
      }),
    );
  });
});
