import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { SnowflakeSession } from '../session/snowflake-session.js';

/** What a loader that validates less can have stored as an order. */
const ODD_CONTENTS = [
  [],
  'text',
  42,
  {},
  { sales_channel: null, total_price: null },
  { sales_channel: { a: 1 }, total_price: { euros: 12 } },
  { sales_channel: 5, total_price: 'twelve' },
  { sales_channel: ['E-com'], total_price: [12] },
  { sales_channel: 'E-com', total_price: 1e300 },
  { sales_channel: 'E-com', total_price: '99999999999999999999999999999999999999' },
  { sales_channel: 'E-com', total_price: '1.2345678901234567890123456789012345678901' },
  { sales_channel: 'E-com', total_price: 'NaN' },
  { sales_channel: 'E-com', total_price: true },
  { sales_channel: 'E-com', total_price: '' },
];

describe('ORDER_ANALYTICS on Snowflake', () => {
  let endpoint: SnowflakeEndpoint;
  let warehouse: SnowflakeWarehouse;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
  });
  afterEach(() => endpoint.close());

  function seed(contents: readonly unknown[], at: string) {
    endpoint.seed(
      'RAW_EVENTS_STREAM',
      contents.map((content) => ({
        EVENT_TYPE: 'ORDER_CREATED',
        EVENT_METADATA: {},
        EVENT_CONTENT: content,
        INGESTION_TIME: new Date(at),
      })),
    );
  }

  /** The view as a reader sees it whose session has this time zone. */
  async function read(timeZone: string) {
    const session = await SnowflakeSession.open(warehouse.options);
    try {
      await session.execute(`ALTER SESSION SET TIMEZONE = '${timeZone}'`);
      return await session.query('SELECT * FROM ORDER_ANALYTICS ORDER BY HOUR, CHANNEL');
    } finally {
      await session.end();
    }
  }

  it('has the same hours of UTC in every time zone', async () => {
    seed([{ total_price: 1 }], '2026-10-25T06:20:00Z');
    seed([{ total_price: 2 }], '2026-10-25T06:40:00Z');

    for (const zone of ['UTC', 'Europe/Paris', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
      const rows = await read(zone);
      expect({ zone, rows }).toMatchObject({ zone, rows: [{ ORDERS: 2, REVENUE: 3 }] });
      expect(rows[0]?.['HOUR']).toEqual(new Date('2026-10-25T06:00:00Z'));
    }
  });

  it('cannot fail on a stored value, and counts each order', async () => {
    seed([...ODD_CONTENTS, { sales_channel: 'E-com', total_price: 12.5 }], '2026-10-25T06:20:00Z');

    const rows = await read('UTC');

    expect(rows.reduce((sum, { ORDERS }) => sum + Number(ORDERS), 0)).toBe(ODD_CONTENTS.length + 1);
    const [shop] = rows.filter(({ CHANNEL }) => CHANNEL === 'E-com');
    expect(shop).toMatchObject({ ORDERS: 7, REVENUE: 13.73 });
  });
});
