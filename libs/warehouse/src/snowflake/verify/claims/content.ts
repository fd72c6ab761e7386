import { isDeepStrictEqual } from 'node:util';
import type { SnowflakeRow } from '../../session/snowflake-session.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';
import type { RowChanges, Scratch } from '../scratch.js';

const PARSING_PAGE = 'https://docs.snowflake.com/en/sql-reference/functions/parse_json';
const JSON_PAGE = 'https://docs.snowflake.com/en/sql-reference/functions/try_parse_json';
const TEXT_PAGE = 'https://docs.snowflake.com/en/sql-reference/data-types-text';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '6f1c0e56-3c57-4b7d-9f0c-2f1f5f0f6d11',
  customer_id: 7,
  product_id: 1001,
  quantity: 2,
  unit_price: 12.34,
  discount: 0,
  gift: false,
  note: null,
  tags: ['a', { deep: [1, [2, [3]]] }],
  '': 'a name without a character',
  'a "quoted" name': '',
};

/** Stores one event and returns its row as the driver reads it. */
async function storedEvent(scratch: Scratch, over: RowChanges): Promise<SnowflakeRow> {
  await scratch.store(await scratch.owner(), scratch.batch(0, [scratch.row(0, over)]));
  const [found, ...more] = await scratch.events();
  must(found !== undefined && more.length === 0, 'the event is not stored exactly once');
  return found;
}

/** A claim that content comes back with the same values as from JSON.parse. */
function keepsValues(name: string, content: string, over: Partial<Claim> = {}): Claim {
  return {
    name,
    documentation: PARSING_PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    ...over,
    run: async (scratch) => {
      const { EVENT_CONTENT: found } = await storedEvent(scratch, { content });
      const seen = JSON.stringify(found);
      must(isDeepStrictEqual(found, JSON.parse(content)), seen);
      return seen.length > 60 ? 'every value' : seen;
    },
  };
}

export const CONTENT_CLAIMS: readonly Claim[] = [
  {
    name: 'An event is one row, with its columns, its metadata and the time of the insert',
    documentation: 'https://docs.snowflake.com/en/sql-reference/data-types-datetime',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const { message } = scratch.row(0);
      const found = await storedEvent(scratch, { message: { ...message, key: Buffer.from('clé') } });
      const { topic, partition, offset, timestampMs } = message;
      const metadata = { topic, partition, offset, timestamp_ms: timestampMs, key: 'clé' };
      must(isDeepStrictEqual(found['EVENT_METADATA'], metadata), JSON.stringify(found['EVENT_METADATA']));
      const columns = [found['EVENT_TYPE'], found['PRODUCT_ID'], found['CUSTOMER_ID']];
      must(isDeepStrictEqual(columns, ['ORDER_CREATED', 1001, 7]), JSON.stringify(columns));
      const at = found['INGESTION_TIME'];
      const driftMs = at instanceof Date ? Math.abs(at.getTime() - Date.now()) : Infinity;
      must(driftMs < 600_000, `INGESTION_TIME is ${String(at)}`);
      return `INGESTION_TIME ${Math.round(driftMs / 1000)} s from the clock of this machine`;
    },
  },
  keepsValues('An event keeps every value', JSON.stringify(ORDER)),
  keepsValues(
    'Text of any script is kept',
    JSON.stringify({ text: 'Château 漢字 🍷 عربى \u0007 \u2028 "\\\'' }),
    { documentation: TEXT_PAGE },
  ),
  keepsValues('The last of duplicate keys counts, as for JSON.parse', '{"a":1,"b":2,"a":3}'),
  keepsValues('Exponents are kept as doubles', '{"a":1e3,"b":1.5e300,"c":-2.5E-7}'),
  {
    name: 'Numbers of more than 38 digits are kept as doubles',
    documentation: PARSING_PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const digits = '1234567890'.repeat(5);
      const { EVENT_CONTENT: found } = await storedEvent(scratch, { content: `{"n":${digits}}` });
      const { n } = found as { n: unknown };
      // Snowflake may print a double with one digit less than an exact round trip needs.
      must(typeof n === 'number' && Math.abs(n / Number(digits) - 1) < 1e-14, JSON.stringify(found));
      return JSON.stringify(found);
    },
  },
  keepsValues('An empty object is stored', '{}'),
  {
    name: 'A product_id that is not a number leaves its column NULL, and fails no statement',
    documentation: null,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const content = '{"product_id":"abc"}';
      const found = await storedEvent(scratch, { content, productId: null });
      must(found['PRODUCT_ID'] === null, `PRODUCT_ID is ${JSON.stringify(found['PRODUCT_ID'])}`);
      must(isDeepStrictEqual(found['EVENT_CONTENT'], JSON.parse(content)), 'the content has changed');
      return 'PRODUCT_ID is NULL, the content unchanged';
    },
  },
  {
    name: 'Columns measure text in code points: an EVENT_TYPE can be 50 emoji',
    documentation: TEXT_PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const eventType = '🍷'.repeat(50);
      const found = await storedEvent(scratch, { eventType });
      must(found['EVENT_TYPE'] === eventType, 'the text has changed');
      return 'stored in full';
    },
  },
  {
    name: 'A lone surrogate is stored, or only its row is refused',
    documentation: null,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const rows = [scratch.row(0), scratch.row(1, { content: '{"note":"\\ud800"}' })];
      const result = await (await scratch.owner()).write(scratch.batch(0, rows));
      if (result.kind === 'stored') return 'stored';
      must(
        result.kind === 'rejected' &&
          isDeepStrictEqual(
            result.rows.map(({ index }) => index),
            [1],
          ),
        JSON.stringify(result),
      );
      return 'refused: it becomes a dead letter';
    },
  },
  {
    name: 'One statement names the rows that are not JSON, and nothing of the batch is written',
    documentation: JSON_PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const rows = ['{}', '{"a":', '[1,', '{}'].map((content, offset) => scratch.row(offset, { content }));
      const result = await (await scratch.owner()).write(scratch.batch(0, rows));
      const indexes = result.kind === 'rejected' ? result.rows.map(({ index }) => index) : [];
      must(isDeepStrictEqual(indexes, [1, 2]), JSON.stringify(result));
      must((await scratch.events()).length === 0, 'rows were written');
      return 'rows 1 and 2 of 4 named, none written';
    },
  },
  {
    name: 'A row that a column refuses is found by bisection, and named',
    documentation: TEXT_PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const rows = [0, 1, 2].map((offset) =>
        scratch.row(offset, offset === 1 ? { eventType: 'x'.repeat(51) } : {}),
      );
      const result = await (await scratch.owner()).write(scratch.batch(0, rows));
      must(
        result.kind === 'rejected' &&
          isDeepStrictEqual(
            result.rows.map(({ index }) => index),
            [1],
          ),
        JSON.stringify(result),
      );
      return result.rows[0]?.reason ?? '';
    },
  },
];
