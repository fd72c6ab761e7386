import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Checkpoint, EventRepository } from '#pipeline';
import { SnowflakeEndpoint, SQL_ERRORS } from '#snowflake-endpoint';
import { eventually } from '#testing';
import {
  batch,
  expectStored,
  GROUP,
  range,
  row,
  SnowflakeWarehouse,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import type { SnowflakeOptions } from '../session/session-options.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { lockCheckpoints, lockSentinel } from './checkpoint-statements.js';
import { HYBRID_TABLE } from './checkpoint-tables.js';

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;
const opened: EventRepository[] = [];
const killed: SnowflakeSession[] = [];

beforeEach(async () => {
  // The adapter logs which transactions it ends.
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  endpoint = await SnowflakeEndpoint.start({ rowLocksShownAfterMs: 0 });
  warehouse = await SnowflakeWarehouse.start({
    accessUrl: endpoint.url,
    checkpoints: 'hybrid',
    lockTimeoutSeconds: 1,
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
  await Promise.all(killed.splice(0).map((session) => session.end()));
  await endpoint.close();
  expect(endpoint.journal.unknown).toEqual([]);
});

async function owner(partitions: number[], over: Partial<SnowflakeOptions> = {}): Promise<EventRepository> {
  const repository = warehouse.repository(GROUP, over);
  opened.push(repository);
  expect(await repository.open()).toEqual([]);
  await claim(repository, ...partitions);
  return repository;
}

function claim(repository: EventRepository, ...partitions: number[]): Promise<Checkpoint[]> {
  return repository.claim(partitions.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
}

/** The session of a process that was killed before COMMIT, with these statements done. */
async function abandoned(sql: string, binds: string[] = []): Promise<void> {
  const session = await SnowflakeSession.open(warehouse.options);
  killed.push(session);
  await session.query(sql, binds);
}

async function abandonedRow(partition: number): Promise<void> {
  const { sql, topics } = lockCheckpoints(HYBRID_TABLE, [{ topic: TOPIC, partition }], 1);
  await abandoned(sql, [GROUP, ...topics]);
}

const offsets = () =>
  endpoint
    .table(HYBRID_TABLE)
    .filter((each) => each['CONSUMER_GROUP'] !== '')
    .map((each) => [each['PARTITION'], each['NEXT_OFFSET']]);

describe('owners of different partitions', () => {
  it('do not wait for each other', async () => {
    await owner([0]);
    const other = await owner([1]);
    await abandonedRow(0);

    expectStored(await other.write(stored(0, 3, 1)));

    // Nobody had to end the transaction that holds the other row.
    expect(endpoint.openTransactions).toHaveLength(1);
    expect(offsets()).toEqual([
      [0, 0],
      [1, 3],
    ]);
  });

  it('wait for the common lock if a batch has a redriven message, which both could hold', async () => {
    const other = await owner([1]);
    await abandoned(lockSentinel(HYBRID_TABLE, 1));
    expectStored(await other.write(stored(0, 1, 1)));

    const redriven = other.write(
      batch({
        rows: [row(1, { partition: 1, redriveId: 'again' })],
        ranges: [range(1, 2, { partition: 1 })],
      }),
    );

    await eventually(() => endpoint.locks.some(({ waiting }) => waiting));
    await Promise.all(killed.splice(0).map((session) => session.end()));
    expectStored(await redriven);
  });
});

describe('the transaction of a killed process', () => {
  it('is found while a batch waits for its row, and ended; the batch then goes on', async () => {
    const repository = await owner([0]);
    await abandonedRow(0);

    expectStored(await repository.write(stored(0, 3)));

    expect(endpoint.journal.executed.get('show locks')).toBeGreaterThan(1);
    expect(offsets()).toEqual([[0, 3]]);
    await eventually(() => endpoint.openTransactions.length === 0);
  });

  it('is ended too if it holds the lock of claims', async () => {
    await owner([0]);
    await abandoned(lockSentinel(HYBRID_TABLE, 1));

    const next = await owner([0, 1]);

    expectStored(await next.write(stored(0, 3, 1)));
  });

  it('stays if it has not held the row for as long as a statement may wait', async () => {
    const patient = await owner([0], { lockTimeoutSeconds: 60 });
    await abandonedRow(0);
    const writing = patient.write(stored(0, 3));
    await eventually(() => (endpoint.journal.executed.get('show locks') ?? 0) > 0);

    expect(endpoint.openTransactions).toHaveLength(2);

    await Promise.all(killed.splice(0).map((session) => session.end()));
    expectStored(await writing);
  });
});

it('retries a time-out of a row lock, whatever its code', async () => {
  const repository = await owner([0]);
  endpoint.addFault({
    on: `lock ${HYBRID_TABLE}`,
    kind: 'sql-error',
    ...SQL_ERRORS.rowLockTimeout,
    message: 'as ordered',
  });

  expect(await repository.write(stored(0, 3))).toMatchObject({
    kind: 'fault',
    fault: { class: 'transient' },
  });

  expectStored(await repository.write(stored(0, 3)));
});

it('sets the lock time-out of rows, and reads what others have just written', async () => {
  await owner([0]);
  expect(endpoint.sessions.map(({ parameters }) => parameters)).toMatchObject([
    { LOCK_TIMEOUT: '1', HYBRID_TABLE_LOCK_TIMEOUT: '16', READ_LATEST_WRITES: 'TRUE' },
  ]);
});

it('takes as many statements for a batch as standard tables do', async () => {
  const repository = await owner([0]);
  const { length } = endpoint.journal.entries;
  expectStored(await repository.write(stored(0, 3)));
  expect(endpoint.journal.entries.slice(length).map(({ name }) => name)).toEqual([
    'stage',
    'insert RAW_EVENTS_STREAM',
    `lock ${HYBRID_TABLE}`,
    `update ${HYBRID_TABLE}`,
    'commit',
  ]);
});
