import type { Connection } from 'snowflake-sdk';
import { eventually } from '#testing';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import type { SnowflakeEndpointOptions } from '../options.js';

const COMPARE_AND_SET = 'UPDATE CHECKPOINTS SET NEXT_OFFSET = ? WHERE NEXT_OFFSET = ?';

let endpoint: SnowflakeEndpoint;
let connections: Connection[] = [];

async function start(options: Partial<SnowflakeEndpointOptions>, clients: number): Promise<Connection[]> {
  endpoint = await SnowflakeEndpoint.start(options);
  await endpoint.run('CREATE TABLE CHECKPOINTS (NEXT_OFFSET NUMBER NOT NULL)');
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER NOT NULL)');
  endpoint.seed('CHECKPOINTS', [{ NEXT_OFFSET: 0 }]);
  connections = await Promise.all(Array.from({ length: clients }, () => connect(endpoint.url)));
  return connections;
}

afterEach(async () => {
  await Promise.all(connections.map(disconnect));
  await endpoint.close();
});

const waiting = () => endpoint.locks.filter((lock) => lock.waiting).length;
const nextOffset = () => endpoint.table('CHECKPOINTS')[0]?.['NEXT_OFFSET'];

describe('the lock of a table', () => {
  it('keeps a second UPDATE waiting until the first commits, and shows it what was committed', async () => {
    const [first, second] = await start({}, 2);
    if (!first || !second) throw new Error('two clients');
    await execute(first, 'BEGIN');
    await execute(second, 'BEGIN');
    expect((await execute(first, COMPARE_AND_SET, [10, 0])).changed).toBe(1);
    const late = execute(second, COMPARE_AND_SET, [20, 0]);
    await eventually(() => waiting() === 1);
    await execute(first, 'COMMIT');
    expect((await late).changed).toBe(0);
    await execute(second, 'COMMIT');
    expect(nextOffset()).toBe(10);
  });

  it('lets the second UPDATE act on what it saw at its start, if afterWait says so', async () => {
    const [first, second] = await start({ afterWait: 'statement-start' }, 2);
    if (!first || !second) throw new Error('two clients');
    await execute(first, 'BEGIN');
    await execute(first, COMPARE_AND_SET, [10, 0]);
    const late = execute(second, COMPARE_AND_SET, [20, 0]);
    await eventually(() => waiting() === 1);
    await execute(first, 'COMMIT');
    expect((await late).changed).toBe(1);
    expect(nextOffset()).toBe(20);
  });

  it('is given up after LOCK_TIMEOUT with 000627, and the transaction stays open', async () => {
    const [first, second] = await start({}, 2);
    if (!first || !second) throw new Error('two clients');
    await execute(first, 'BEGIN');
    await execute(first, COMPARE_AND_SET, [10, 0]);
    await execute(second, 'ALTER SESSION SET LOCK_TIMEOUT = 0.05');
    await execute(second, 'BEGIN');
    await expect(execute(second, COMPARE_AND_SET, [20, 0])).rejects.toMatchObject({
      code: '000627',
      sqlState: '57014',
      message: expect.stringContaining("has locked table 'CHECKPOINTS'"),
    });
    expect(endpoint.openTransactions).toHaveLength(2);
  });

  it('refuses more waiters than allowed with 000625', async () => {
    const [first, second, third] = await start({ maxWaiters: 1 }, 3);
    if (!first || !second || !third) throw new Error('three clients');
    await execute(first, 'BEGIN');
    await execute(first, COMPARE_AND_SET, [10, 0]);
    const late = execute(second, COMPARE_AND_SET, [20, 0]);
    await eventually(() => waiting() === 1);
    await expect(execute(third, COMPARE_AND_SET, [30, 0])).rejects.toMatchObject({ code: '000625' });
    await execute(first, 'ROLLBACK');
    expect((await late).changed).toBe(1);
  });

  it('does not block INSERTs', async () => {
    const [first, second] = await start({}, 2);
    if (!first || !second) throw new Error('two clients');
    await execute(first, 'BEGIN');
    await execute(first, 'INSERT INTO EVENTS (ID) VALUES (1)');
    await execute(second, 'INSERT INTO EVENTS (ID) VALUES (2)');
    expect(endpoint.table('EVENTS')).toEqual([{ ID: 2 }]);
    await execute(first, 'COMMIT');
    expect(endpoint.table('EVENTS')).toEqual([{ ID: 2 }, { ID: 1 }]);
  });
});

describe('a transaction whose client is gone', () => {
  it('holds its lock until it has been idle for the limit while another one waits', async () => {
    const [lost, other] = await start({ idleAbortMs: 100 }, 2);
    if (!lost || !other) throw new Error('two clients');
    await execute(lost, 'BEGIN');
    await execute(lost, 'INSERT INTO EVENTS (ID) VALUES (1)');
    await execute(lost, COMPARE_AND_SET, [10, 0]);
    expect((await execute(other, COMPARE_AND_SET, [20, 0])).changed).toBe(1);
    expect(endpoint.table('EVENTS')).toEqual([]);
    expect(endpoint.openTransactions).toEqual([]);
  });

  it('is found by SHOW TRANSACTIONS and SHOW LOCKS and ended by SYSTEM$ABORT_TRANSACTION', async () => {
    const [lost, other] = await start({}, 2);
    if (!lost || !other) throw new Error('two clients');
    await execute(lost, 'BEGIN');
    await execute(lost, COMPARE_AND_SET, [10, 0]);
    const { rows: transactions } = await execute(other, 'SHOW TRANSACTIONS');
    const { rows: locks } = await execute(other, 'SHOW LOCKS');
    expect(locks).toEqual([expect.objectContaining({ status: 'HOLDING', type: 'PARTITIONS' })]);
    const id = String(endpoint.openTransactions[0]?.id);
    expect(transactions).toHaveLength(1);
    await execute(other, 'SELECT SYSTEM$ABORT_TRANSACTION(?)', [id]);
    expect((await execute(other, COMPARE_AND_SET, [20, 0])).changed).toBe(1);
  });

  it('leaves its session in autocommit once it is aborted', async () => {
    const [zombie] = await start({}, 1);
    if (!zombie) throw new Error('one client');
    await execute(zombie, 'BEGIN');
    await execute(zombie, 'INSERT INTO EVENTS (ID) VALUES (1)');
    await execute(zombie, 'SELECT SYSTEM$ABORT_TRANSACTION(?)', [String(endpoint.openTransactions[0]?.id)]);
    await execute(zombie, COMPARE_AND_SET, [10, 0]);
    await execute(zombie, 'COMMIT');
    expect(nextOffset()).toBe(10);
    expect(endpoint.table('EVENTS')).toEqual([]);
  });
});
