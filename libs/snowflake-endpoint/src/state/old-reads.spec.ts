import type { Connection } from 'snowflake-sdk';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';

const READ = 'SELECT NEXT_OFFSET FROM CHECKPOINTS';

describe('a read that is old', () => {
  let endpoint: SnowflakeEndpoint;
  let first: Connection;
  let second: Connection;
  const read = async (connection: Connection) => (await execute(connection, READ)).rows;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    await endpoint.run('CREATE TABLE CHECKPOINTS (NEXT_OFFSET NUMBER NOT NULL)');
    await endpoint.run('CREATE TABLE COPIES (NEXT_OFFSET NUMBER NOT NULL)');
    endpoint.seed('CHECKPOINTS', [{ NEXT_OFFSET: 0 }]);
    first = await connect(endpoint.url);
    second = await connect(endpoint.url);
    endpoint.oldReadsMs = 3_600_000;
    await execute(first, 'UPDATE CHECKPOINTS SET NEXT_OFFSET = 100');
  });
  afterEach(async () => {
    await disconnect(first);
    await disconnect(second);
    await endpoint.close();
  });

  it('misses what another session has just committed, and never what its own has', async () => {
    expect(await read(first)).toEqual([{ NEXT_OFFSET: 100 }]);
    expect(await read(second)).toEqual([{ NEXT_OFFSET: 0 }]);
    endpoint.oldReadsMs = 0;
    expect(await read(second)).toEqual([{ NEXT_OFFSET: 100 }]);
  });

  it('is also the source of an INSERT', async () => {
    await execute(second, 'INSERT INTO COPIES SELECT NEXT_OFFSET FROM CHECKPOINTS');
    expect(endpoint.table('COPIES')).toEqual([{ NEXT_OFFSET: 0 }]);
  });

  it('is never the target of an UPDATE or a DELETE', async () => {
    const from = async (sql: string) => (await execute(second, sql)).changed;
    expect(await from('UPDATE CHECKPOINTS SET NEXT_OFFSET = 50 WHERE NEXT_OFFSET = 0')).toBe(0);
    expect(await from('DELETE FROM CHECKPOINTS WHERE NEXT_OFFSET = 0')).toBe(0);
    expect(await from('UPDATE CHECKPOINTS SET NEXT_OFFSET = 200 WHERE NEXT_OFFSET = 100')).toBe(1);
  });

  it('has the changes of its own transaction', async () => {
    await execute(second, 'BEGIN');
    await execute(second, 'INSERT INTO CHECKPOINTS SELECT 7');
    expect(await read(second)).toEqual([{ NEXT_OFFSET: 0 }, { NEXT_OFFSET: 7 }]);
    await execute(second, 'UPDATE CHECKPOINTS SET NEXT_OFFSET = NEXT_OFFSET + 1 WHERE NEXT_OFFSET = 100');
    expect(await read(second)).toEqual([{ NEXT_OFFSET: 101 }, { NEXT_OFFSET: 7 }]);
    await execute(second, 'ROLLBACK');
  });
});
