import type { Connection } from 'snowflake-sdk';
import { eventually } from '#testing';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import { SQL_ERRORS } from '../errors.js';
import type { SnowflakeEndpointOptions } from '../options.js';

const CREATE = `CREATE HYBRID TABLE IF NOT EXISTS CHECKPOINTS (
  TOPIC VARCHAR NOT NULL, P NUMBER NOT NULL, NEXT_OFFSET NUMBER, CONSTRAINT PK PRIMARY KEY (TOPIC, P))`;
const advance = (partition: number, to: number) =>
  `UPDATE CHECKPOINTS SET NEXT_OFFSET = ${to} WHERE P = ${partition} AND NEXT_OFFSET < ${to}`;

let endpoint: SnowflakeEndpoint;
let connections: Connection[] = [];

async function start(options: Partial<SnowflakeEndpointOptions> = {}): Promise<[Connection, Connection]> {
  endpoint = await SnowflakeEndpoint.start(options);
  await endpoint.run(CREATE);
  endpoint.seed(
    'CHECKPOINTS',
    [0, 1].map((P) => ({ TOPIC: 'sales', P, NEXT_OFFSET: 0 })),
  );
  const first = await connect(endpoint.url);
  const second = await connect(endpoint.url);
  connections = [first, second];
  for (const connection of connections) await execute(connection, 'ALTER SESSION SET AUTOCOMMIT = FALSE');
  return [first, second];
}

afterEach(async () => {
  await Promise.all(connections.splice(0).map(disconnect));
  await endpoint.close();
});

const isWaiting = () => endpoint.locks.some(({ waiting }) => waiting);
const offsets = () => endpoint.table('CHECKPOINTS').map((row) => row['NEXT_OFFSET']);

describe('a hybrid table', () => {
  it('lets transactions that change different rows run at the same time', async () => {
    const [first, second] = await start();
    await execute(first, advance(0, 10));
    await execute(second, advance(1, 20));
    await execute(second, 'COMMIT');
    await execute(first, 'COMMIT');
    expect(offsets()).toEqual([10, 20]);
  });

  it.each([
    ['reevaluate', 0, 20],
    ['statement-start', 1, 10],
  ] as const)('keeps an UPDATE of the same row waiting (%s)', async (afterWait, changed, offset) => {
    const [first, second] = await start({ afterWait });
    await execute(first, advance(0, 20));
    const late = execute(second, advance(0, 10));
    await eventually(isWaiting);
    await execute(first, 'COMMIT');
    expect((await late).changed).toBe(changed);
    await execute(second, 'COMMIT');
    expect(offsets()).toEqual([offset, 0]);
  });

  it('gives up a row after HYBRID_TABLE_LOCK_TIMEOUT, whatever LOCK_TIMEOUT says', async () => {
    const [first, second] = await start();
    await execute(first, advance(0, 20));
    await execute(second, 'ALTER SESSION SET LOCK_TIMEOUT = 100, HYBRID_TABLE_LOCK_TIMEOUT = 0');
    await expect(execute(second, advance(0, 10))).rejects.toMatchObject({
      code: SQL_ERRORS.rowLockTimeout.code,
    });
  });

  it('locks the selected rows with FOR UPDATE, and no others', async () => {
    const [first, second] = await start();
    const selected = await execute(first, 'SELECT NEXT_OFFSET FROM CHECKPOINTS WHERE P = 0 FOR UPDATE');
    expect(selected.rows).toEqual([{ NEXT_OFFSET: 0 }]);
    await expect(execute(second, 'SELECT P FROM CHECKPOINTS FOR UPDATE')).rejects.toMatchObject({
      code: SQL_ERRORS.rowLockTimeout.code,
    });
    await execute(second, 'ROLLBACK');
    const late = execute(second, 'SELECT P FROM CHECKPOINTS WHERE TOPIC = ? FOR UPDATE WAIT 60', ['sales']);
    await eventually(isWaiting);
    await execute(first, 'ROLLBACK');
    expect((await late).rows).toHaveLength(2);
  });

  it('refuses a second row with the same primary key, also from another transaction', async () => {
    const [first, second] = await start();
    const insert = "INSERT INTO CHECKPOINTS VALUES ('sales', 7, 0)";
    await execute(first, insert);
    const late = execute(second, insert).catch((error: unknown) => error);
    await eventually(isWaiting);
    await execute(first, 'COMMIT');
    expect(await late).toMatchObject({ code: '200001' });
  });

  it('appears in SHOW LOCKS only while it blocks somebody, by the transaction that blocks', async () => {
    const [first, second] = await start({ rowLocksShownAfterMs: 0 });
    const observer = await connect(endpoint.url);
    connections.push(observer);
    await execute(first, advance(0, 20));
    expect((await execute(observer, 'SHOW LOCKS')).rows).toEqual([]);
    const late = execute(second, advance(0, 10));
    await eventually(isWaiting);
    const [blocking] = endpoint.openTransactions;
    const locks = (await execute(observer, 'SHOW LOCKS')).rows;
    expect(locks).toMatchObject([
      { type: 'ROW', status: 'HOLDING', acquired_on: null },
      { type: 'ROW', status: 'WAITING', acquired_on: null },
    ]);
    expect(new Set(locks.map(({ resource }) => resource))).toEqual(new Set([blocking?.id]));
    await execute(first, 'COMMIT');
    await late;
  });

  it('is listed as such, and described with its key', async () => {
    const [first] = await start();
    await execute(first, 'CREATE TABLE STANDARD (P NUMBER)');
    const tables = (await execute(first, 'SHOW TABLES')).rows;
    expect(tables.map(({ name, is_hybrid }) => [name, is_hybrid])).toEqual([
      ['CHECKPOINTS', 'Y'],
      ['STANDARD', 'N'],
    ]);
    const columns = (await execute(first, 'DESCRIBE TABLE CHECKPOINTS')).rows;
    expect(columns.map((row) => row['primary key'])).toEqual(['Y', 'Y', 'N']);
  });

  it('is refused without a key, and by an account that has none', async () => {
    const [first] = await start();
    await expect(execute(first, 'CREATE HYBRID TABLE T (P NUMBER)')).rejects.toMatchObject({
      code: '001003',
    });
    endpoint.hybridTables = false;
    await expect(execute(first, CREATE.replace('CHECKPOINTS', 'OTHERS'))).rejects.toMatchObject({
      code: '000002',
    });
  });
});

it('does not give a table and a view the same name', async () => {
  const [first] = await start();
  await execute(first, 'CREATE VIEW V AS SELECT P FROM CHECKPOINTS');
  for (const sql of [
    'CREATE TABLE IF NOT EXISTS V (P NUMBER)',
    'CREATE OR REPLACE VIEW CHECKPOINTS AS SELECT 1 AS P',
    'DROP VIEW IF EXISTS CHECKPOINTS',
    'DROP TABLE IF EXISTS V',
  ]) {
    await expect(execute(first, sql)).rejects.toMatchObject({ code: '001003' });
  }
});
