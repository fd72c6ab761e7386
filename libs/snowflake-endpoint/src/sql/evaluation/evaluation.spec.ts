import { SnowflakeEndpoint } from '../../endpoint.js';
import { PREDECESSOR_TABLES } from '../../seeds.js';

let endpoint: SnowflakeEndpoint;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({ unparseable: (text) => text.includes('cursed') });
  for (const sql of PREDECESSOR_TABLES) await endpoint.run(sql);
});

afterEach(() => endpoint.close());

const evaluate = async (expression: string) => (await endpoint.run(`SELECT ${expression} AS X`))[0]?.['X'];

describe('JSON in the warehouse', () => {
  it.each([
    [`TRY_PARSE_JSON('{"a": 1, "a": 2}')`, null],
    [`TRY_PARSE_JSON('{"a": 1, "a": 2}', 'd')`, { a: 2 }],
    [`TRY_PARSE_JSON('{"a": {"b": 1}, "b": [{"a": 1}, {"a": 2}]}'):b[1].a::NUMBER`, 2],
    [`TRY_PARSE_JSON('{"a": ')`, null],
    [`TRY_PARSE_JSON('{"a": "cursed"}')`, null],
    [`PARSE_JSON('[1, null]')[1] IS NULL`, false],
    [`PARSE_JSON('[1, null]')[1]::VARCHAR IS NULL`, true],
    [`PARSE_JSON('[1, null]')[2] IS NULL`, true],
    [`PARSE_JSON('{"Key": "v"}'):Key::VARCHAR`, 'v'],
    [`OBJECT_CONSTRUCT('a', 1, 'b', NULL)`, { a: 1 }],
    [`OBJECT_CONSTRUCT_KEEP_NULL('a', 1, 'b', NULL)`, { a: 1, b: null }],
    [`TYPEOF(PARSE_JSON('"x"'))`, 'VARCHAR'],
  ])('%s is %j', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  it('makes the whole statement fail if PARSE_JSON cannot parse it', async () => {
    await expect(evaluate(`PARSE_JSON('{"a": 1, "a": 2}')`)).rejects.toMatchObject({
      failure: { code: '100069', sqlState: '22P02' },
    });
  });
});

describe('values', () => {
  it.each([
    ["CASE WHEN 1 = 2 THEN 'a' ELSE 'b' END", 'b'],
    ["COALESCE(NULL, 'x') || 'y'", 'xy'],
    ['1 + 2 * 3', 7],
    ["'abc' LIKE 'a%' AND 'b' NOT IN ('a', 'c')", true],
    ['5 BETWEEN 1 AND 5', true],
    ['NULL = NULL', null],
    ["CASE WHEN COUNT(*) > 0 THEN 'some' ELSE 'none' END", 'some'],
    ["TRY_CAST('abc' AS NUMBER)", null],
    ['TO_TIMESTAMP_LTZ(1700000000123, 3)', new Date(1_700_000_000_123)],
    ["DATE_TRUNC('HOUR', TO_TIMESTAMP_LTZ(1700000000123, 3))", new Date(1_699_999_200_000)],
    ["(SELECT MAX(VALUE::NUMBER) FROM TABLE(FLATTEN(PARSE_JSON('[3, 9, 4]'))))", 9],
  ])('%s is %j', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  it.each([
    ["'abc'::NUMBER", '100038'],
    ['PARSE_JSON(\'"abc"\')::NUMBER', '100071'],
    ["TRY_CAST(PARSE_JSON('1') AS NUMBER)", '001003'],
    ['NO_SUCH_FUNCTION(1)', '001003'],
    ['NO_SUCH_COLUMN', '000904'],
  ])('%s fails with %s', async (expression, code) => {
    await expect(evaluate(expression)).rejects.toMatchObject({ failure: { code } });
  });

  it('are not converted to semi-structured types implicitly', async () => {
    await expect(
      endpoint.run(`INSERT INTO RAW_EVENTS_STREAM (EVENT_METADATA, EVENT_CONTENT) SELECT '{}', '{}'`),
    ).rejects.toMatchObject({ failure: { code: '002023' } });
  });

  it('must fit their column', async () => {
    const insert = (type: string) =>
      endpoint.run(
        `INSERT INTO RAW_EVENTS_STREAM (EVENT_TYPE, EVENT_METADATA, EVENT_CONTENT)
         SELECT '${type}', OBJECT_CONSTRUCT('a', 1), PARSE_JSON('{}')`,
      );
    await insert('🍷'.repeat(50));
    await expect(insert('x'.repeat(51))).rejects.toMatchObject({ failure: { code: '100078' } });
  });
});

describe('queries', () => {
  beforeEach(() => {
    endpoint.seed(
      'RAW_EVENTS_STREAM',
      [
        ['ORDER_CREATED', 0, 5, 10],
        ['ORDER_CREATED', 0, 6, 20.5],
        ['INVENTORY_ADJUSTED', 1, 3, null],
      ].map(([type, partition, offset, price]) => ({
        EVENT_TYPE: type,
        EVENT_METADATA: { topic: 'sales_events', partition, offset },
        EVENT_CONTENT: { total_price: price },
        INGESTION_TIME: new Date(1_700_000_000_000),
      })),
    );
  });

  it('group, order and join', async () => {
    const rows = await endpoint.run(`
      WITH wanted AS (SELECT VALUE::NUMBER AS P FROM TABLE(FLATTEN(PARSE_JSON('[0, 1, 2]'))))
      SELECT w.P, COUNT(r.EVENT_TYPE) AS N, MAX(r.EVENT_METADATA:offset::NUMBER) AS LAST
      FROM wanted w LEFT JOIN RAW_EVENTS_STREAM r ON r.EVENT_METADATA:partition::NUMBER = w.P
      GROUP BY w.P ORDER BY w.P DESC`);
    expect(rows).toEqual([
      { P: 2, N: 0, LAST: null },
      { P: 1, N: 1, LAST: 3 },
      { P: 0, N: 2, LAST: 6 },
    ]);
  });

  it('join on equal values, along with other conditions', async () => {
    const rows = await endpoint.run(`
      SELECT p.VALUE::NUMBER AS P, r.EVENT_METADATA:offset::NUMBER AS O
      FROM TABLE(FLATTEN(PARSE_JSON('[0, 1, 2]'))) p
      JOIN RAW_EVENTS_STREAM r
        ON r.EVENT_METADATA:partition::NUMBER = p.VALUE::NUMBER AND r.EVENT_TYPE LIKE 'ORDER%'
       AND p.VALUE::NUMBER < r.EVENT_METADATA:offset::NUMBER
      WHERE r.EVENT_METADATA:offset::NUMBER > 5`);
    expect(rows).toEqual([{ P: 0, O: 6 }]);
  });

  it('read views', async () => {
    await endpoint.run(`
      CREATE VIEW IF NOT EXISTS RAW_DATA.ORDER_ANALYTICS (HOUR, ORDERS, REVENUE) AS
      SELECT DATE_TRUNC('hour', INGESTION_TIME), COUNT(*),
             SUM(TRY_TO_DECIMAL(EVENT_CONTENT:total_price::VARCHAR, 18, 2))
      FROM RAW_EVENTS_STREAM WHERE EVENT_TYPE = 'ORDER_CREATED'
      GROUP BY DATE_TRUNC('hour', INGESTION_TIME)`);
    expect(await endpoint.run('SELECT * FROM ORDER_ANALYTICS')).toEqual([
      { HOUR: new Date(1_699_999_200_000), ORDERS: 2, REVENUE: 30.5 },
    ]);
  });

  it('list the columns of a table in three ways', async () => {
    const expected = [
      'EVENT_TYPE',
      'PRODUCT_ID',
      'CUSTOMER_ID',
      'EVENT_METADATA',
      'EVENT_CONTENT',
      'INGESTION_TIME',
    ];
    const schema = await endpoint.run(
      "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'RAW_EVENTS_STREAM' ORDER BY ORDINAL_POSITION",
    );
    expect(schema.map((row) => row['COLUMN_NAME'])).toEqual(expected);
    expect(schema[3]).toEqual({ COLUMN_NAME: 'EVENT_METADATA', DATA_TYPE: 'OBJECT', IS_NULLABLE: 'NO' });
    const shown = await endpoint.run('SHOW COLUMNS IN TABLE RAW_EVENTS_STREAM');
    expect(shown.map((row) => row['column_name'])).toEqual(expected);
    const described = await endpoint.run('DESCRIBE TABLE RAW_EVENTS_STREAM');
    expect(described[0]).toMatchObject({ name: 'EVENT_TYPE', type: 'VARCHAR(50)', 'null?': 'Y' });
    expect(described[5]).toMatchObject({ name: 'INGESTION_TIME', default: 'CURRENT_TIMESTAMP()' });
  });

  it('do not see dropped columns', async () => {
    await endpoint.run('ALTER TABLE RAW_EVENTS_STREAM DROP COLUMN PRODUCT_ID, CUSTOMER_ID');
    const [row] = await endpoint.run('SELECT * FROM RAW_EVENTS_STREAM LIMIT 1');
    expect(Object.keys(row ?? {})).toEqual([
      'EVENT_TYPE',
      'EVENT_METADATA',
      'EVENT_CONTENT',
      'INGESTION_TIME',
    ]);
    expect(row).toMatchObject({ EVENT_TYPE: 'ORDER_CREATED', EVENT_CONTENT: { total_price: 10 } });
  });

  it('delete and update only what matches', async () => {
    await endpoint.run('DELETE FROM RAW_EVENTS_STREAM WHERE EVENT_METADATA:offset::NUMBER = 5');
    await endpoint.run("UPDATE RAW_EVENTS_STREAM SET PRODUCT_ID = 7 WHERE EVENT_TYPE = 'ORDER_CREATED'");
    const rows = await endpoint.run(
      'SELECT EVENT_METADATA:offset::NUMBER AS O, PRODUCT_ID AS P FROM RAW_EVENTS_STREAM',
    );
    expect(rows).toEqual([
      { O: 6, P: 7 },
      { O: 3, P: null },
    ]);
  });
});

describe('statements', () => {
  it.each([
    'CREATE SCHEMA IF NOT EXISTS RAW_DATA',
    'GRANT SELECT, INSERT ON TABLE RAW_EVENTS_STREAM TO ROLE INGESTER',
    "COMMENT ON TABLE RAW_EVENTS_STREAM IS 'events'",
    'CREATE ROLE IF NOT EXISTS INGESTER',
    'ALTER TABLE RAW_EVENTS_STREAM ADD COLUMN IF NOT EXISTS NOTE VARCHAR',
    'DROP TABLE IF EXISTS NO_SUCH_TABLE',
    'USE WAREHOUSE INGEST_WH;',
  ])('%s is accepted', async (sql) => {
    await expect(endpoint.run(sql)).resolves.toHaveLength(1);
  });

  it('are refused with their position if they are unknown', async () => {
    await expect(endpoint.run('FROBNICATE THE WAREHOUSE')).rejects.toMatchObject({
      failure: { code: '001003', message: expect.stringContaining("position 0 unexpected 'FROBNICATE'") },
    });
  });
});

describe('a list split at separators', () => {
  const STAGED = String.raw`
    INSERT INTO STAGED SELECT f.index, SPLIT_PART(f.value::VARCHAR, '\x1f', 2)
    FROM TABLE(FLATTEN(SPLIT('a\x1f{}\x1eb\x1f{"é": 1}\x1ec\x1f[]\x1ed\x1f{}\x1ee\x1f{}', '\x1e'))) f`;
  const inserted = async (target: SnowflakeEndpoint, sql: string) =>
    Object.values((await target.run(sql))[0] ?? {});
  const prepare = async (target: SnowflakeEndpoint) => {
    await target.run('CREATE TABLE STAGED (PLACE INTEGER, CONTENT VARCHAR)');
    await target.run('CREATE TABLE KEPT (CONTENT VARCHAR)');
  };

  it('has a row for each item', async () => {
    await prepare(endpoint);
    expect(await inserted(endpoint, STAGED)).toEqual([5]);
    expect(await endpoint.run('SELECT PLACE, CONTENT FROM STAGED WHERE PLACE IN (1, 4)')).toEqual([
      { PLACE: 1, CONTENT: '{"é": 1}' },
      { PLACE: 4, CONTENT: '{}' },
    ]);
  });

  it('is sampled with trustJson: only the first rows exist, but all are counted', async () => {
    const trusting = await SnowflakeEndpoint.start({ trustJson: true, countOnly: ['KEPT'] });
    await prepare(trusting);
    expect(await inserted(trusting, STAGED)).toEqual([5]);
    expect(await trusting.run('SELECT PLACE FROM STAGED')).toEqual([
      { PLACE: 0 },
      { PLACE: 1 },
      { PLACE: 2 },
    ]);
    expect(await inserted(trusting, 'INSERT INTO KEPT SELECT CONTENT FROM STAGED WHERE PLACE > 0')).toEqual([
      4,
    ]);
    expect(trusting.count('KEPT')).toBe(4);
    await trusting.close();
  });
});
