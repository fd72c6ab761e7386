import type { Connection } from 'snowflake-sdk';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import { PREDECESSOR_TABLES } from '../seeds.js';

const CHECKPOINTS = `CREATE TABLE IF NOT EXISTS INGESTION_CHECKPOINTS (
  CONSUMER_GROUP VARCHAR NOT NULL, TOPIC VARCHAR NOT NULL, PARTITION NUMBER NOT NULL,
  NEXT_OFFSET NUMBER NOT NULL, STORED NUMBER NOT NULL, UPDATED_AT TIMESTAMP_LTZ NOT NULL)`;

const STAGING = `CREATE TEMPORARY TABLE STAGED_EVENTS (
  BATCH_ID VARCHAR, EVENT_TYPE VARCHAR, PRODUCT_ID NUMBER, METADATA_V VARCHAR, CONTENT_V VARCHAR
) DATA_RETENTION_TIME_IN_DAYS = 0`;

const STAGE = `INSERT OVERWRITE INTO STAGED_EVENTS
  SELECT VALUE[0]::VARCHAR, VALUE[1]::VARCHAR, VALUE[2]::NUMBER, VALUE[3]::VARCHAR, VALUE[4]::VARCHAR
  FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))`;

const STORE = `INSERT INTO RAW_EVENTS_STREAM (EVENT_TYPE, PRODUCT_ID, EVENT_METADATA, EVENT_CONTENT)
  SELECT EVENT_TYPE, PRODUCT_ID, PARSE_JSON(METADATA_V)::OBJECT, TRY_PARSE_JSON(CONTENT_V, 'd')
  FROM STAGED_EVENTS WHERE TRY_PARSE_JSON(CONTENT_V, 'd') IS NOT NULL`;

const MOVE = `UPDATE INGESTION_CHECKPOINTS c
  SET NEXT_OFFSET = m.TO_OFFSET, STORED = c.STORED + m.STORED, UPDATED_AT = CURRENT_TIMESTAMP()
  FROM (SELECT VALUE[0]::NUMBER AS P, VALUE[1]::NUMBER AS FROM_OFFSET, VALUE[2]::NUMBER AS TO_OFFSET,
               VALUE[3]::NUMBER AS STORED
        FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) m
  WHERE c.CONSUMER_GROUP = ? AND c.TOPIC = 'sales_events' AND c.PARTITION = m.P
    AND c.NEXT_OFFSET = m.FROM_OFFSET
    AND EXISTS (SELECT 1 FROM STAGED_EVENTS WHERE BATCH_ID = ?)`;

let endpoint: SnowflakeEndpoint;
let connection: Connection;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start();
  for (const sql of [...PREDECESSOR_TABLES, CHECKPOINTS]) await endpoint.run(sql);
  endpoint.seed(
    'INGESTION_CHECKPOINTS',
    [0, 1].map((partition) => ({
      CONSUMER_GROUP: 'group',
      TOPIC: 'sales_events',
      PARTITION: partition,
      NEXT_OFFSET: 0,
      STORED: 0,
      UPDATED_AT: new Date(0),
    })),
  );
  connection = await connect(endpoint.url);
});

afterEach(async () => {
  await disconnect(connection);
  await endpoint.close();
});

function rowsOfBatch(id: string, count: number): string {
  const rows = Array.from({ length: count }, (_, offset) => [
    id,
    'ORDER_CREATED',
    offset,
    JSON.stringify({ topic: 'sales_events', partition: 0, offset }),
    offset % 100 === 99 ? '{"broken": ' : `{"order_line_id": "${offset}", "quantity": 1, "quantity": 2}`,
  ]);
  return JSON.stringify(rows);
}

describe('a transaction of the ingester', () => {
  it('stores 2,000 rows without the unparseable ones and moves two checkpoints', async () => {
    await execute(connection, STAGING);
    await execute(connection, 'BEGIN');
    expect((await execute(connection, STAGE, [rowsOfBatch('b1', 2000)])).rows).toEqual([
      { 'number of rows inserted': 2000 },
    ]);
    expect((await execute(connection, STORE)).changed).toBe(1980);
    const moves = JSON.stringify([
      [0, 0, 2000, 1980],
      [1, 0, 7, 0],
    ]);
    expect((await execute(connection, MOVE, [moves, 'group', 'b1'])).changed).toBe(2);
    expect(endpoint.table('RAW_EVENTS_STREAM')).toEqual([]);
    await execute(connection, 'COMMIT');

    const stored = endpoint.table('RAW_EVENTS_STREAM');
    expect(stored).toHaveLength(1980);
    expect(stored[0]).toEqual({
      EVENT_TYPE: 'ORDER_CREATED',
      PRODUCT_ID: 0,
      CUSTOMER_ID: null,
      EVENT_METADATA: { topic: 'sales_events', partition: 0, offset: 0 },
      EVENT_CONTENT: { order_line_id: '0', quantity: 2 },
      INGESTION_TIME: expect.any(Date),
    });
    expect(endpoint.table('INGESTION_CHECKPOINTS').map((row) => [row['NEXT_OFFSET'], row['STORED']])).toEqual(
      [
        [2000, 1980],
        [7, 0],
      ],
    );
  });

  it('leaves nothing behind after ROLLBACK', async () => {
    await execute(connection, STAGING);
    await execute(connection, 'BEGIN TRANSACTION');
    await execute(connection, STAGE, [rowsOfBatch('b1', 10)]);
    await execute(connection, STORE);
    await execute(connection, 'ROLLBACK');
    const { rows } = await execute(
      connection,
      'SELECT (SELECT COUNT(*) FROM STAGED_EVENTS) AS STAGED, COUNT(*) AS STORED FROM RAW_EVENTS_STREAM',
    );
    expect(rows).toEqual([{ STAGED: 0, STORED: 0 }]);
  });

  it('does not change a checkpoint that has moved', async () => {
    await execute(connection, STAGING);
    await execute(connection, STAGE, [rowsOfBatch('b1', 10)]);
    const moves = JSON.stringify([
      [0, 3, 10, 7],
      [1, 0, 5, 5],
    ]);
    expect((await execute(connection, MOVE, [moves, 'group', 'b1'])).changed).toBe(1);
    expect((await execute(connection, MOVE, [moves, 'group', 'b2'])).changed).toBe(0);
  });
});
