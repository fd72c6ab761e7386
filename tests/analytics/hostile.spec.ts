import fc from 'fast-check';
import type { StoredRow } from '#pipeline';
import { batch, expectStored, GROUP, range, row, TOPIC } from '#testing/warehouse-contract';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { viewsEngines, type ViewsWarehouse } from './engines.js';
import { VIEWS } from './expected.js';
import { CONTENTS, DETAILS, METADATA, NUMBERS, TIMES } from './hostile-rows.js';
import { plainRows } from './read-me.js';

const ALL_VIEWS = ['DELIVERED_EVENTS', 'DATA_QUALITY', ...Object.keys(VIEWS)];
/** More than the positions that DUPLICATE_EVENTS names. */
const COPIES = 150;
const RANDOM_ROWS = 200;
const DAY_MS = Date.UTC(2025, 9, 25, 6, 20);
const COUNTED = `(DAY = '2025-10-25' OR DAY IS NULL)`;
const fakesnow = await fakesnowFor('the views on hostile rows');

afterAll(() => fakesnow?.stop());
if (fakesnow === null) itIsSkippedWithout('Python');

describe.each(viewsEngines(fakesnow))('whatever is stored on %s', (name, start) => {
  let place: ViewsWarehouse;
  let rows: StoredRow[];

  beforeAll(async () => {
    place = await start();
    rows = storedRows();
    const repository = place.warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    expectStored(await repository.write(batch({ rows, ranges: [range(0, rows.length)] })));
    // The days without the random rows, which nobody has counted.
    await place.warehouse.execute(
      `UPDATE RAW_EVENTS_STREAM SET INGESTION_TIME = TO_TIMESTAMP_LTZ(${DAY_MS}, 3)`,
    );
    const more = randomRows(rows.length);
    expectStored(
      await repository.write(batch({ rows: more, ranges: [range(rows.length, rows.length + more.length)] })),
    );
    await repository.close();
    for (const metadata of METADATA) await insertRow(metadata);
    for (const [details] of DETAILS) await insertLetter(details);
  });
  afterAll(() => place.close());

  const query = async (sql: string) => plainRows(await place.warehouse.query(sql));
  const one = async (sql: string) => (await query(sql))[0];

  async function insertRow(metadata: string) {
    await place.warehouse.execute(
      `INSERT INTO RAW_EVENTS_STREAM (EVENT_TYPE, EVENT_METADATA, EVENT_CONTENT, INGESTION_TIME)
       SELECT 'ORDER_CREATED', PARSE_JSON('${metadata}'), PARSE_JSON('{"quantity":1}'), NULL`,
    );
  }

  async function insertLetter(details: string | null) {
    await place.warehouse.execute(
      `INSERT INTO SALES_EVENTS_DLQ
         (ERROR_TYPE, ERROR_REASON, ERROR_DETAILS, EVENT_METADATA, ATTEMPT, FAILED_AT, INGESTION_TIME)
       SELECT ${text(details)}, 'reason', PARSE_JSON(${details === null ? 'NULL' : `'${details}'`}),
         PARSE_JSON('{}'), 1, TO_TIMESTAMP_LTZ(0, 3), NULL`,
    );
  }

  it.each(ALL_VIEWS)('%s can be read in full', async (view) => {
    await expect(query(`SELECT * FROM ${view}`)).resolves.toBeDefined();
  });

  it('event_ts is the time that it says, or NULL', async () => {
    const read = await query(`SELECT OFFSET_NUMBER, EVENT_TIME FROM DELIVERED_EVENTS`);
    const times = new Map(read.map(({ OFFSET_NUMBER, EVENT_TIME }) => [OFFSET_NUMBER, EVENT_TIME]));
    expect(TIMES.map(([sent], offset) => [sent, times.get(offset)])).toEqual(TIMES);
  });

  it('numbers are what they say, or NULL', async () => {
    const orders = await query(`SELECT PRODUCT_ID, QUANTITY, TOTAL_PRICE FROM ORDER_LINES`);
    const moves = await query(`SELECT PRODUCT_ID, QUANTITY_CHANGE FROM STOCK_MOVEMENTS`);
    const order = new Map(orders.map((each) => [each['PRODUCT_ID'], each]));
    const move = new Map(moves.map((each) => [each['PRODUCT_ID'], each]));
    for (const [index, [json, whole, amount]] of NUMBERS.entries()) {
      const product = 5_000 + index;
      expect([json, order.get(product)]).toEqual([
        json,
        { PRODUCT_ID: product, QUANTITY: whole, TOTAL_PRICE: amount },
      ]);
      expect([json, move.get(product)]).toEqual([json, { PRODUCT_ID: product, QUANTITY_CHANGE: whole }]);
    }
  });

  it('every order counts, and rows without an id count by themselves', async () => {
    const stored = rows.filter(({ eventType }) => eventType === 'ORDER_CREATED').length;
    const orders = stored + METADATA.length + RANDOM_ROWS;
    expect(await one('SELECT SUM(ORDERS) AS N FROM ORDER_ANALYTICS')).toEqual({ N: orders });
    const lines = orders - (COPIES - 1);
    expect(await one('SELECT COUNT(*) AS N FROM ORDER_LINES')).toEqual({ N: lines });
    expect(await one('SELECT SUM(ORDERS) AS N FROM HOURLY_REVENUE')).toEqual({ N: lines });
  });

  it('what cannot be read is counted', async () => {
    const count = (field: string) =>
      one(`SELECT SUM(UNREADABLE) AS N FROM UNREADABLE_VALUES WHERE FIELD = '${field}' AND ${COUNTED}`);
    const unread = NUMBERS.filter(([, whole]) => whole === null).length;
    expect(await count('event_ts')).toEqual({ N: TIMES.filter(([, time]) => time === null).length });
    expect(await count('total_price')).toEqual({ N: unread });
    expect(await count('quantity_change')).toEqual({ N: unread });
    expect(await count('timestamp_ms')).toEqual({ N: METADATA.length });
  });

  it('every dead letter counts, with each of its fields', async () => {
    const found = await query('SELECT ERROR_TYPE, COUNT(*) AS N FROM DATA_QUALITY GROUP BY ERROR_TYPE');
    expect(Object.fromEntries(found.map(({ ERROR_TYPE, N }) => [ERROR_TYPE, N]))).toEqual(
      Object.fromEntries(DETAILS.map(([json, fields]) => [String(json), fields])),
    );
  });

  it('an id with many messages names the first hundred', async () => {
    const [most] = await query('SELECT * FROM DUPLICATE_EVENTS ORDER BY DELIVERIES DESC LIMIT 1');
    expect(most).toMatchObject({ EVENT_ID: 'copied', DELIVERIES: COPIES, VERSIONS: 1 });
    expect(String(most?.['OFFSETS']).split(' ')).toHaveLength(100);
  });

  if (name !== 'DuckDB') return;

  it.each(ALL_VIEWS)('%s has the same rows in every time zone and order of NULLs', async (view) => {
    const read = async (settings: string) =>
      (await query(`${settings}; SELECT * FROM ${view}`)).map((each) => JSON.stringify(each)).sort();
    const usual = await read(`SET TimeZone = 'UTC'`);
    expect(usual.length).toBeGreaterThan(0);
    expect(await read(`SET TimeZone = 'Asia/Kolkata'; SET default_null_order = 'nulls_first'`)).toEqual(
      usual,
    );
  });
});

function text(value: string | null): string {
  return `'${String(value)}'`;
}

/** The offset of a row is its place in the list. */
function storedRows(): StoredRow[] {
  const json = (value: unknown) => JSON.stringify(value);
  const orders = [
    ...TIMES.map(([sent], index) => ({
      content: json({ order_line_id: `time-${index}`, quantity: 1, total_price: 1, event_ts: sent }),
    })),
    ...NUMBERS.map(([number], index) => ({
      content: `{"order_line_id":"n-${index}","quantity":${number},"unit_price":${number},"total_price":${number},"discount":${number}}`,
      productId: 5_000 + index,
    })),
    ...Array.from({ length: COPIES }, () => ({ content: json({ order_line_id: 'copied', quantity: 1 }) })),
    ...CONTENTS.map((content) => ({ content })),
  ];
  const moves = [
    ...NUMBERS.map(([number], index) => ({
      content: `{"event_id":"n-${index}","adjustment_type":"REPLENISHMENT","quantity_change":${number}}`,
      productId: 5_000 + index,
    })),
    ...CONTENTS.map((content) => ({ content })),
  ];
  const others = CONTENTS.flatMap((content) =>
    [null, '', 'X'.repeat(50)].map((eventType) => ({ content, eventType })),
  );
  return [...orders, ...moves.map((each) => ({ ...each, eventType: 'INVENTORY_ADJUSTED' })), ...others].map(
    (over, offset) => row(offset, over),
  );
}

/** Orders with any JSON in every field that a view reads; the same in each run. */
function randomRows(from: number): StoredRow[] {
  const event = fc.record(
    Object.fromEntries(
      ['quantity', 'unit_price', 'total_price', 'discount', 'event_ts', 'product_name', 'sales_channel'].map(
        (field) => [field, fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })],
      ),
    ),
    { requiredKeys: [] },
  );
  return fc
    .sample(event, { seed: 20_261_129, numRuns: RANDOM_ROWS })
    .map((each, index) => row(from + index, { content: JSON.stringify(each) }));
}
