import type { Connection } from 'snowflake-sdk';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';

let endpoint: SnowflakeEndpoint;
let one: Connection;
let other: Connection;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start();
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER NOT NULL)');
  [one, other] = await Promise.all([connect(endpoint.url), connect(endpoint.url)]);
});

afterEach(async () => {
  await Promise.all([one, other].map(disconnect));
  await endpoint.close();
});

const ids = () => endpoint.table('EVENTS').map((row) => row['ID']);

describe('a session', () => {
  it('has temporary tables that no other session sees', async () => {
    for (const [connection, id] of [[one, 1] as const, [other, 2] as const]) {
      await execute(connection, 'CREATE TEMPORARY TABLE STAGED (ID NUMBER)');
      await execute(connection, 'INSERT INTO STAGED VALUES (?)', [id]);
    }
    expect((await execute(one, 'SELECT ID FROM STAGED')).rows).toEqual([{ ID: 1 }]);
    expect((await execute(other, 'SELECT ID FROM STAGED')).rows).toEqual([{ ID: 2 }]);
    const third = await connect(endpoint.url);
    await expect(execute(third, 'SELECT ID FROM STAGED')).rejects.toMatchObject({ code: '002003' });
    await disconnect(third);
  });

  it('sees its own uncommitted rows, and no other session does', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO EVENTS VALUES (1)');
    expect((await execute(one, 'SELECT COUNT(*) AS N FROM EVENTS')).rows).toEqual([{ N: 1 }]);
    expect((await execute(other, 'SELECT COUNT(*) AS N FROM EVENTS')).rows).toEqual([{ N: 0 }]);
  });

  it('rolls its transaction back when it is deleted', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO EVENTS VALUES (1)');
    await disconnect(one);
    expect(endpoint.openTransactions).toEqual([]);
    expect(ids()).toEqual([]);
  });

  it('commits the open transaction with DDL', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO EVENTS VALUES (1)');
    await execute(one, 'CREATE TEMPORARY TABLE STAGED (ID NUMBER)');
    await execute(one, 'ROLLBACK');
    expect(ids()).toEqual([1]);
  });

  it('keeps its transaction open when a statement fails', async () => {
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO EVENTS VALUES (1)');
    await expect(execute(one, 'INSERT INTO EVENTS VALUES (NULL)')).rejects.toMatchObject({ code: '100072' });
    await execute(one, 'COMMIT');
    expect(ids()).toEqual([1]);
  });

  it('loses its transaction when a statement fails under TRANSACTION_ABORT_ON_ERROR', async () => {
    await execute(one, "ALTER SESSION SET TRANSACTION_ABORT_ON_ERROR = TRUE, QUERY_TAG = 'ingester'");
    await execute(one, 'BEGIN');
    await execute(one, 'INSERT INTO EVENTS VALUES (1)');
    await expect(execute(one, 'INSERT INTO EVENTS VALUES (NULL)')).rejects.toMatchObject({ code: '100072' });
    await expect(execute(one, 'INSERT INTO EVENTS VALUES (2)')).rejects.toMatchObject({ code: '000615' });
    await execute(one, 'COMMIT');
    expect(ids()).toEqual([]);
    expect(endpoint.sessions.map(({ parameters }) => parameters['QUERY_TAG'])).toContain('ingester');
  });

  it('is refused if the warehouse or a privilege is missing', async () => {
    endpoint.warehouseState = 'missing';
    await expect(execute(one, 'SELECT ID FROM EVENTS')).rejects.toMatchObject({ code: '000606' });
    endpoint.warehouseState = 'over-quota';
    await expect(execute(one, 'SELECT ID FROM EVENTS')).rejects.toMatchObject({ code: '090073' });
    endpoint.warehouseState = 'ready';
    endpoint.revoke('INSERT', 'EVENTS');
    await expect(execute(one, 'INSERT INTO EVENTS VALUES (1)')).rejects.toMatchObject({ code: '003001' });
  });

  it('finds tables only with the right database and schema', async () => {
    const lost = await connect(endpoint.url, { database: 'ELSEWHERE' });
    await expect(execute(lost, 'SELECT ID FROM EVENTS')).rejects.toMatchObject({ code: '090105' });
    expect((await execute(lost, 'SELECT ID FROM CAVES_ALBERT.RAW_DATA.EVENTS')).rows).toEqual([]);
    await expect(execute(one, 'SELECT ID FROM OTHER.EVENTS')).rejects.toMatchObject({ code: '002003' });
    await disconnect(lost);
  });

  it('rejects unknown parameters', async () => {
    const set = execute(one, 'ALTER SESSION SET LOCK_TIMOUT = 5');
    await expect(set).rejects.toMatchObject({ code: '001420' });
  });

  it('gets the rows of a slow statement by polling', async () => {
    const slow = await SnowflakeEndpoint.start({ inProgressAfterMs: 20, holdMs: 100 });
    const connection = await connect(slow.url);
    expect((await execute(connection, 'SELECT 1 AS ONE')).rows).toEqual([{ ONE: 1 }]);
    expect(slow.journal.entries.map(({ name }) => name)).toContain('query-result');
    await disconnect(connection);
    await slow.close();
  });

  it('ends a statement after STATEMENT_TIMEOUT_IN_SECONDS without a trace', async () => {
    await execute(one, 'ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 0.02');
    endpoint.holdMs = 5000;
    await expect(execute(one, 'INSERT INTO EVENTS VALUES (1)')).rejects.toMatchObject({
      code: '000630',
      sqlState: '57014',
    });
    endpoint.holdMs = 0;
    expect(ids()).toEqual([]);
  });

  it('cancels a statement on request', async () => {
    endpoint.holdMs = 5000;
    const answer = new Promise((resolve) => {
      const statement = one.execute({
        sqlText: 'INSERT INTO EVENTS VALUES (1)',
        streamResult: true,
        complete: resolve,
      });
      setImmediate(() => {
        statement.cancel(() => undefined);
      });
    });
    await expect(answer).resolves.toMatchObject({ code: '000604' });
    endpoint.holdMs = 0;
    expect(ids()).toEqual([]);
  });
});
