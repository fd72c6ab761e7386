import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { batch, DuckDbWarehouse, expectStored, GROUP, range, row, TOPIC } from '#testing/warehouse-contract';
import type { QueryRow } from '../../queries/sql-reader.js';
import { DuckDbSqlReader } from './duckdb-sql-reader.js';

/** What must not happen, and what DuckDB or this reader says about it. */
const REFUSED: [string, RegExp][] = [
  ['INSERT INTO INGESTION_CHECKPOINTS SELECT * FROM INGESTION_CHECKPOINTS', /INSERT/],
  ['DELETE FROM RAW_EVENTS_STREAM RETURNING 1', /DELETE/],
  ['UPDATE RAW_EVENTS_STREAM SET PRODUCT_ID = 1', /UPDATE/],
  ['CREATE TABLE copied AS SELECT 1', /CREATE/],
  ['CREATE TEMP TABLE copied AS SELECT 1', /CREATE/],
  ['DROP TABLE RAW_EVENTS_STREAM', /DROP/],
  ['EXPLAIN ANALYZE DELETE FROM RAW_EVENTS_STREAM', /read-only/],
  ["COPY RAW_EVENTS_STREAM TO 'stolen.csv'", /disabled by configuration|COPY/],
  ["COPY (SELECT 1) TO '/dev/stdout'", /disabled by configuration|COPY/],
  ["EXPORT DATABASE 'stolen'", /disabled by configuration|EXPORT/],
  ["ATTACH 'other.duckdb'", /ATTACH/],
  ['INSTALL httpfs', /LOAD/],
  ['LOAD httpfs', /LOAD/],
  ["SELECT * FROM read_text('/etc/hostname')", /disabled by configuration/],
  ["SELECT * FROM '/etc/passwd'", /does not exist|disabled/],
  ["SELECT * FROM read_csv('https://example.com/x.csv')", /disabled by configuration|httpfs/],
  ["SET memory_limit = '1TB'", /SET/],
  ['SET enable_external_access = true', /SET/],
  ['PRAGMA enable_profiling', /PRAGMA/],
  ['CHECKPOINT', /CALL/],
  ['SELECT * FROM "force_checkpoint" /* */ ()', /checkpoint/],
  ['BEGIN', /TRANSACTION/],
  ['PREPARE p AS DELETE FROM RAW_EVENTS_STREAM', /PREPARE/],
  ['SELECT 1; DELETE FROM RAW_EVENTS_STREAM', /several statements/],
];

describe.each([
  ['a DuckDB file', () => DuckDbWarehouse.start()],
  ['a DuckDB file that a service has open', () => DuckDbWarehouse.startServed()],
])('queries on %s', (_where, start) => {
  let warehouse: DuckDbWarehouse;
  let reader: DuckDbSqlReader;

  beforeAll(async () => {
    warehouse = await start();
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    expectStored(await repository.write(batch({ rows: [row(0), row(1)], ranges: [range(0, 2)] })));
    await repository.close();
    reader = new DuckDbSqlReader(warehouse.path);
    expect(await reader.open()).toEqual([]);
  });
  afterAll(() => warehouse.close());

  async function ask(sql: string): Promise<QueryRow[]> {
    const { rows } = await reader.query(sql, new AbortController().signal);
    return collect(rows);
  }

  it('return values as text, with the kind of each column', async () => {
    const { columns, rows } = await reader.query(
      `SELECT EVENT_TYPE AS type, EVENT_CONTENT AS content, 9007199254740993 AS big, 1.50 AS price, true AS yes,
              NULL AS nothing, TIMESTAMPTZ '2026-01-31 18:00:00+01' AS at, [1, 2] AS list
       FROM RAW_EVENTS_STREAM ORDER BY EVENT_METADATA->>'$.offset' LIMIT 1`,
      new AbortController().signal,
    );
    expect(columns.map(({ kind }) => kind)).toEqual([
      'text',
      'json',
      'number',
      'number',
      'boolean',
      'number',
      'text',
      'json',
    ]);
    expect(await collect(rows)).toEqual([
      [
        'ORDER_CREATED',
        '{"event_type":"ORDER_CREATED","offset":0}',
        '9007199254740993',
        '1.50',
        'true',
        null,
        '2026-01-31 17:00:00+00',
        '[1,2]',
      ],
    ]);
  });

  it.each([
    'DESCRIBE RAW_EVENTS_STREAM',
    'SHOW TABLES',
    'SUMMARIZE INGESTION_CHECKPOINTS',
    'EXPLAIN SELECT 1',
    'FROM ORDER_ANALYTICS',
    'VALUES (1)',
  ])('may be %s', async (sql) => {
    expect((await ask(sql)).length).toBeGreaterThan(0);
  });

  it('show the tables of the warehouse, and none that commands use for themselves', async () => {
    const names = (await ask('SHOW TABLES')).flat();
    expect(names).toEqual(
      expect.arrayContaining(['ORDER_ANALYTICS', 'RAW_EVENTS_STREAM', 'SALES_EVENTS_DLQ']),
    );
    expect(names.filter((name) => name?.startsWith('STG_'))).toEqual([]);
  });

  it.each(REFUSED)('refuse %s', async (sql, reason) => {
    const before = await readdir(dirname(warehouse.path));
    await expect(ask(sql)).rejects.toThrow(reason);
    expect(await readdir(dirname(warehouse.path))).toEqual(before);
    expect(await ask('SELECT count(*) FROM RAW_EVENTS_STREAM')).toEqual([['2']]);
    expect(await ask('SELECT count(*) FROM INGESTION_CHECKPOINTS')).toEqual([['1']]);
  });

  it('say where a statement is wrong', async () => {
    await expect(ask('SELECT\n  NO_SUCH FROM RAW_EVENTS_STREAM')).rejects.toThrow(/NO_SUCH[^]*LINE 2:/);
  });

  it('are cancelled by their signal', async () => {
    const controller = new AbortController();
    const endless = reader.query(
      'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7',
      controller.signal,
    );
    controller.abort();
    await expect(endless.then(({ rows }) => collect(rows))).rejects.toThrow();
  });
});

async function collect(rows: AsyncIterable<QueryRow>): Promise<QueryRow[]> {
  const found: QueryRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}
