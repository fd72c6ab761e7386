import {
  batch,
  DuckDbWarehouse,
  expectStored,
  GROUP,
  letter,
  range,
  row,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import { INGESTION_CHECKPOINTS } from '../../tables.js';
import { memoryForBatches, type DuckDbRepository } from '../writing/duckdb-repository.js';

describe('the content of a DuckDB warehouse', () => {
  let warehouse: DuckDbWarehouse;
  let repository: DuckDbRepository;

  async function claimed(options = {}): Promise<DuckDbRepository> {
    repository = warehouse.repository(GROUP, options);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    return repository;
  }

  beforeEach(async () => {
    warehouse = await DuckDbWarehouse.start();
  });
  afterEach(async () => {
    await repository.close();
    await warehouse.close();
  });

  it('keeps the text of any JSON event byte for byte', async () => {
    const texts = [
      '{"b":1,"a":2,"b":3}',
      '\n{ "spaced" :\t[ ] }\r\n ',
      '{"n":1e400,"m":-0.0,"big":123456789012345678901234567890123456789012345678901234567890,"e":1E+2}',
      '{"nul":"\\u0000","slash":"\\/","pair":"\\ud83c\\udf77","escape":"\\u00e9"}',
      '{"__proto__":{"x":1},"constructor":null,"":""}',
      `{"deep":${'['.repeat(200)}${']'.repeat(200)}}`,
      `{"deeper":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      JSON.stringify({ large: '🍷é"\\'.repeat(200_000) }),
    ];
    const rows = texts.map((content, offset) => row(offset, { content }));

    expectStored(await (await claimed()).write(batch({ rows, ranges: [range(0, rows.length)] })));

    const kept = await warehouse.query(
      `SELECT EVENT_CONTENT::VARCHAR AS text FROM RAW_EVENTS_STREAM
       ORDER BY (EVENT_METADATA->>'$.offset')::BIGINT`,
    );
    expect(kept).toEqual(texts.map((text) => ({ text })));
  });

  it('keeps a prefix, the size and the SHA-256 of a dead letter beyond the limit', async () => {
    const large = letter(0, { errorType: 'too_large' });
    large.message.value = Buffer.from('é'.repeat(1000));

    expectStored(
      await (
        await claimed({ maxDeadLetterValueBytes: 101 })
      ).write(batch({ deadLetters: [large], ranges: [range(0, 1, { deadLettered: 1 })] })),
    );

    const found = await warehouse.query(
      `SELECT ORIGINAL_VALUE, VALUE_ENCODING, EVENT_METADATA->>'$.value.bytes' AS bytes,
              EVENT_METADATA->>'$.value.sha256' = sha256(repeat('é', 1000)) AS same
       FROM sales_events_dlq`,
    );
    expect(found).toEqual([
      { ORIGINAL_VALUE: 'é'.repeat(50), VALUE_ENCODING: 'prefix', bytes: '2000', same: true },
    ]);
  });

  it('is summed up by ORDER_ANALYTICS, even with invalid prices', async () => {
    const order = (channel: unknown, price: unknown) =>
      JSON.stringify({ event_type: 'ORDER_CREATED', sales_channel: channel, total_price: price });
    const rows = [
      row(0, { content: order('E-com', 10.25) }),
      row(1, { content: order('E-com', 'abc') }),
      row(2, { content: order('E-com', 1) }),
      row(3, { content: order('Boutique Paris', 7) }),
      row(4, { content: '{}' }),
      row(5, { eventType: 'INVENTORY_ADJUSTED', content: order('E-com', 500) }),
    ];

    expectStored(await (await claimed()).write(batch({ rows, ranges: [range(0, 6)] })));

    const analytics = await warehouse.query(
      `SELECT CHANNEL, ORDERS::INTEGER AS orders, REVENUE::VARCHAR AS revenue,
              HOUR = date_trunc('hour', now()) OR HOUR = date_trunc('hour', now() - INTERVAL 1 MINUTE) AS now
       FROM order_analytics ORDER BY CHANNEL NULLS LAST`,
    );
    expect(analytics).toEqual([
      { CHANNEL: 'Boutique Paris', orders: 1, revenue: '7.00', now: true },
      { CHANNEL: 'E-com', orders: 3, revenue: '11.25', now: true },
      { CHANNEL: null, orders: 1, revenue: null, now: true },
    ]);
  });

  it('does not mislead a first claim with rows of foreign metadata', async () => {
    repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await warehouse.execute(
      `INSERT INTO RAW_EVENTS_STREAM (EVENT_METADATA, EVENT_CONTENT) VALUES
         ('{"topic":"sales_events","partition":0,"offset":"abc"}', '{}'),
         ('{"topic":"sales_events","partition":"x","offset":900}', '{}'),
         ('{"topic":"sales_events","partition":0,"offset":41}', '{}'),
         ('[]', '{}')`,
    );

    const claimed = await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);

    expect(claimed).toMatchObject([{ nextOffset: 42 }]);
  });

  it('takes dozens of 1 MiB events with little memory', async () => {
    const content = JSON.stringify({ filler: 'x'.repeat(1024 * 1024) });
    await warehouse.close();
    warehouse = await DuckDbWarehouse.start(100);
    await claimed();

    const rows = Array.from({ length: 32 }, (_, offset) => row(offset, { content }));
    expectStored(await repository.write(batch({ rows, ranges: [range(0, 32)] })));

    const [kept] = await warehouse.query(
      `SELECT count(*)::INTEGER AS events, count(DISTINCT EVENT_METADATA->>'$.offset')::INTEGER AS offsets,
              min(strlen(EVENT_CONTENT))::INTEGER AS shortest
       FROM RAW_EVENTS_STREAM`,
    );
    expect(kept).toEqual({ events: 32, offsets: 32, shortest: content.length });
  });

  it('takes more 1 MiB events than its memory holds, batch after batch', async () => {
    await warehouse.close();
    warehouse = await DuckDbWarehouse.start(100);
    await claimed();

    for (let from = 0; from < 192; from += 16) {
      const rows = Array.from({ length: 16 }, (_, index) =>
        row(from + index, { content: JSON.stringify({ filler: String(from + index).repeat(400_000) }) }),
      );
      expectStored(await repository.write(batch({ rows, ranges: [range(from, from + 16)] })));
    }
    expect(await warehouse.rows(INGESTION_CHECKPOINTS)).toMatchObject([{ NEXT_OFFSET: 192 }]);
  });

  it('takes one event larger than a batch after another with the memory planned for it', async () => {
    const mebibyte = 1024 * 1024;
    await warehouse.close();
    warehouse = await DuckDbWarehouse.start(memoryForBatches(mebibyte, 32 * mebibyte));
    await claimed();

    const content = `{"filler":"${'x'.repeat(32 * mebibyte - 20)}"}`;
    for (let offset = 0; offset < 4; offset += 1) {
      const rows = [row(offset, { content })];
      expectStored(await repository.write(batch({ rows, ranges: [range(offset, offset + 1)] })));
    }
    expect(await warehouse.rows(INGESTION_CHECKPOINTS)).toMatchObject([{ NEXT_OFFSET: 4 }]);
  });

  it('names the rejected rows of every slice of a large batch', async () => {
    const filler = 'x'.repeat(1024 * 1024);
    const rows = Array.from({ length: 20 }, (_, offset) =>
      row(offset, { content: `{"filler":"${filler}","note":"${offset % 9 === 8 ? '\\ud800' : ''}"}` }),
    );

    expect(await (await claimed()).write(batch({ rows, ranges: [range(0, 20)] }))).toMatchObject({
      kind: 'rejected',
      rows: [{ index: 8 }, { index: 17 }],
    });
  });

  it('matches its own columns by name, and leaves others alone', async () => {
    await warehouse.execute(
      `CREATE TABLE RAW_EVENTS_STREAM (
         REVIEWED BOOLEAN DEFAULT false NOT NULL, INGESTION_TIME TIMESTAMPTZ DEFAULT now(),
         EVENT_CONTENT JSON NOT NULL, NOTE VARCHAR, EVENT_METADATA JSON NOT NULL,
         CUSTOMER_ID BIGINT, PRODUCT_ID BIGINT, event_type VARCHAR)`,
    );

    expectStored(await (await claimed()).write(stored(0, 1)));

    expect(
      await warehouse.query(
        'SELECT EVENT_TYPE AS type, PRODUCT_ID, CUSTOMER_ID, REVIEWED, NOTE FROM RAW_EVENTS_STREAM',
      ),
    ).toEqual([{ type: 'ORDER_CREATED', PRODUCT_ID: 1000n, CUSTOMER_ID: 7n, REVIEWED: false, NOTE: null }]);
  });
});
