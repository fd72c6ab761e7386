import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { EventRepository } from '#pipeline';
import { SnowflakeEndpoint, SQL_ERRORS } from '#snowflake-endpoint';
import { eventually } from '#testing';
import {
  batch,
  expectStored,
  GROUP,
  letter,
  range,
  row,
  SnowflakeWarehouse,
  stopClocks,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import { FIRST_TABLE, ONE_TABLE } from '../checkpoints/checkpoint-tables.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { PLAIN } from '../binding/list-binding.js';
import { advance as advanceIn, takeLockOf } from '../checkpoints/checkpoint-statements.js';
import { CREATE_STAGING, stageFirst } from './statements.js';

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;
const opened: EventRepository[] = [];
const killed: SnowflakeSession[] = [];

async function claimed(over: Partial<SnowflakeOptions> = {}): Promise<EventRepository> {
  const repository = warehouse.repository(GROUP, over);
  opened.push(repository);
  expect(await repository.open()).toEqual([]);
  await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
  endpoint.journal.clear();
  return repository;
}

/** The requests since the last {@link claimed}, in order. */
function requests(): string[] {
  return endpoint.journal.entries.map(({ name }) => name);
}

function offsets(): number[] {
  const numbers = endpoint
    .table('RAW_EVENTS_STREAM')
    .map((event) => (event['EVENT_METADATA'] as { offset: number }).offset);
  return numbers.sort((one, other) => one - other);
}

beforeEach(async () => {
  // The adapter logs which transactions it ends.
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  endpoint = await SnowflakeEndpoint.start({ idleAbortMs: 60_000 });
  warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url, lockTimeoutSeconds: 1 });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
  // Otherwise the driver's heartbeat keeps this process alive.
  await Promise.all(killed.splice(0).map((session) => session.end()));
  await endpoint.close();
});

describe('a batch', () => {
  it('takes five statements, and a sixth for its dead letters', async () => {
    stopClocks();
    const repository = await claimed();
    expectStored(await repository.write(stored(0, 500)));
    expect(requests()).toEqual([
      'stage',
      'insert RAW_EVENTS_STREAM',
      'update INGESTION_CHECKPOINTS',
      'update INGESTION_CHECKPOINTS',
      'commit',
    ]);

    endpoint.journal.clear();
    const letters = batch({
      rows: [row(500)],
      deadLetters: [letter(501)],
      ranges: [range(500, 502, { deadLettered: 1 })],
    });
    expectStored(await repository.write(letters));
    expect(requests()).toEqual([
      'stage',
      'insert RAW_EVENTS_STREAM',
      'insert SALES_EVENTS_DLQ',
      'update INGESTION_CHECKPOINTS',
      'update INGESTION_CHECKPOINTS',
      'commit',
    ]);
  });

  it('takes more staging statements, and no others, if it does not fit into one bind', async () => {
    stopClocks();
    const repository = await claimed({ maxBindBytes: 1_024 });
    expectStored(await repository.write(stored(0, 500)));
    const names = requests();
    expect(names.filter((name) => name === 'stage').length).toBeGreaterThan(4);
    expect(names.filter((name) => name !== 'stage')).toHaveLength(4);
    expect(offsets()).toHaveLength(500);
  });

  it('keeps as much of a dead letter as its column may hold', async () => {
    const repository = await claimed({ maxDeadLetterValueBytes: 1_000 });
    const large = letter(0, { errorType: 'too_large' });
    large.message.value = Buffer.from('é'.repeat(2_000));
    expectStored(
      await repository.write(batch({ deadLetters: [large], ranges: [range(0, 1, { deadLettered: 1 })] })),
    );
    expect(endpoint.table('SALES_EVENTS_DLQ')).toMatchObject([
      { ORIGINAL_VALUE: 'é'.repeat(500), VALUE_ENCODING: 'prefix' },
    ]);
  });
});

describe('rows that Snowflake refuses unexpectedly', () => {
  const tooLong = 'x'.repeat(51);

  it('are found by bisection and named, and nothing is written', async () => {
    const repository = await claimed();
    const rows = Array.from({ length: 40 }, (_, offset) =>
      row(offset, offset === 7 || offset === 31 ? { eventType: tooLong } : {}),
    );
    const written = await repository.write(batch({ rows, ranges: [range(0, 40)] }));

    expect(written).toMatchObject({
      kind: 'rejected',
      rows: [7, 31].map((index) => ({
        index,
        reason: expect.stringMatching(/longer than its column.*100078/),
      })),
    });
    expect(JSON.stringify(written)).not.toContain(tooLong);
    expect(offsets()).toEqual([]);
    // By bisection, not one by one.
    expect(requests().filter((name) => name === 'stage').length).toBeLessThan(30);
  });

  it('are found in a batch of one row', async () => {
    const repository = await claimed();
    const written = await repository.write(
      batch({ rows: [row(0, { eventType: tooLong })], ranges: [range(0, 1)] }),
    );
    expect(written).toMatchObject({ kind: 'rejected', rows: [{ index: 0 }] });
  });

  it('are not blamed for an error that any row meets', async () => {
    const repository = await claimed();
    const unknown = { code: '999999', sqlState: 'XX000', message: 'surprise' };
    endpoint.addFault({ on: 'insert RAW_EVENTS_STREAM', kind: 'sql-error', ...unknown, times: 100 });
    expect(await repository.write(stored(0, 8))).toMatchObject({
      kind: 'fault',
      fault: { class: 'transient', code: '999999', message: expect.not.stringContaining('surprise') },
    });
  });

  it('are not blamed for an error that does not recur', async () => {
    const repository = await claimed();
    endpoint.addFault({
      on: 'insert RAW_EVENTS_STREAM',
      kind: 'sql-error',
      ...SQL_ERRORS.stringTooLong,
      message: '',
    });
    expect(await repository.write(stored(0, 8))).toMatchObject({
      kind: 'fault',
      fault: { class: 'transient' },
    });
    expectStored(await repository.write(stored(0, 8)));
  });
});

describe('a transaction that somebody left open', () => {
  /** Holds the lock like a process that was killed before COMMIT. */
  async function abandoned(): Promise<void> {
    const session = await SnowflakeSession.open(warehouse.options);
    killed.push(session);
    await session.execute(takeLockOf(FIRST_TABLE));
  }

  it('is ended if it is our own and has held the lock for too long', async () => {
    const repository = await claimed();
    await abandoned();

    expect(await repository.write(stored(0, 3))).toMatchObject({ kind: 'fault', fault: { code: '000627' } });
    expect(requests().slice(-3)).toEqual(['show locks', 'select', 'select']);
    expectStored(await repository.write(stored(0, 3)));
    expect(offsets()).toEqual([0, 1, 2]);
  });

  it('is waited for if we may not end it', async () => {
    const repository = await claimed();
    await abandoned();
    endpoint.addFault({
      on: 'show locks',
      kind: 'sql-error',
      ...SQL_ERRORS.insufficientPrivileges,
      message: '',
    });

    expect(await repository.write(stored(0, 3))).toMatchObject({
      kind: 'fault',
      fault: {
        class: 'transient',
        code: '000627',
        message: expect.stringContaining('SNOWFLAKE_LOCK_TIMEOUT_SECONDS'),
      },
    });
    expect(endpoint.openTransactions).toHaveLength(1);
  });

  it('is ended with its session when our connection breaks', async () => {
    const repository = await claimed();
    endpoint.addFault({ on: 'update INGESTION_CHECKPOINTS', occurrence: 2, kind: 'reset' });
    expect(await repository.write(stored(0, 3))).toMatchObject({
      kind: 'fault',
      fault: { code: 'ECONNRESET' },
    });
    expect(endpoint.sessions).toEqual([]);
    expect(endpoint.openTransactions).toEqual([]);
  });

  it('is ended once Snowflake is reachable again if it could not be ended before', async () => {
    const repository = await claimed();
    endpoint.addFault({ on: 'update INGESTION_CHECKPOINTS', occurrence: 2, kind: 'reset' });
    endpoint.addFault({ on: 'delete-session', kind: 'reset', point: 'before' });
    expect(await repository.write(stored(0, 3))).toMatchObject({
      kind: 'fault',
      fault: { code: 'ECONNRESET' },
    });
    expect(endpoint.openTransactions).toHaveLength(1);

    expectStored(await repository.write(stored(0, 3)));
    expect(endpoint.sessions).toHaveLength(1);
    expect(offsets()).toEqual([0, 1, 2]);
  });
});

// By an administrator, another pod that waited for its lock, or Snowflake itself; the session is not notified.
describe('a transaction of ours that somebody else ended', () => {
  /** Ends the open transaction between the previous statement and this one. */
  function endBefore(on: string, occurrence = 1): void {
    const pause = endpoint.addFault({ on, occurrence, kind: 'delay', ms: 20, point: 'before' });
    void pause.happened.then(() => {
      endpoint.abortTransactions();
    });
  }

  const written = batch({
    rows: [row(0)],
    deadLetters: [letter(1)],
    ranges: [range(0, 2, { deadLettered: 1 })],
  });

  it.each([
    ['insert RAW_EVENTS_STREAM', 1],
    ['insert SALES_EVENTS_DLQ', 1],
    ['update INGESTION_CHECKPOINTS', 1],
    ['update INGESTION_CHECKPOINTS', 2],
  ] as const)('writes no partial batch if it is ended before %s (%i)', async (on, occurrence) => {
    const repository = await claimed();
    endBefore(on, occurrence);

    const first = await repository.write(written);

    expect(first).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
    expect([offsets(), endpoint.count('SALES_EVENTS_DLQ')]).toEqual([[], 0]);
    expectStored(await repository.write(written));
    expect([offsets(), endpoint.count('SALES_EVENTS_DLQ')]).toEqual([[0], 1]);
  });

  it.each([
    ['', 0],
    [', though the clock was set back meanwhile', 3_600_000],
  ])('is noticed if it was slow enough for others to end it before COMMIT%s', async (_, setBackMs) => {
    const repository = await claimed();
    const slow = endpoint.addFault({
      on: 'update INGESTION_CHECKPOINTS',
      occurrence: 2,
      kind: 'delay',
      ms: 1_200,
    });
    endBefore('commit');
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now');
    void slow.happened.then(() => clock.mockImplementation(() => now() - setBackMs));
    const first = await repository.write(written).finally(() => {
      clock.mockRestore();
    });
    expect(first).toMatchObject({ kind: 'fault', fault: { class: 'transient', code: 'TRANSACTION_LOST' } });
    expectStored(await repository.write(written));
    expect(offsets()).toEqual([0]);
  });

  it('is noticed if a pod with a shorter lock timeout ended it before COMMIT', async () => {
    const repository = await claimed({ lockTimeoutSeconds: 60 });
    const impatient = await claimed({ lockTimeoutSeconds: 5 });
    // Far less than this owner's own lock timeout.
    endpoint.addFault({ on: 'commit', kind: 'delay', ms: 8_000, point: 'before' });
    const first = repository.write(written);
    await eventually(() => endpoint.locks.length > 0);

    // The claim ends the transaction that held the lock that long; it succeeds only on its next attempt.
    const claim = impatient.claim([{ topic: TOPIC, partition: 1, startOffset: 0 }]);
    await expect(claim).rejects.toThrow('000627');
    expect(await first).toMatchObject({ kind: 'fault', fault: { code: 'TRANSACTION_LOST' } });
    expect([offsets(), endpoint.count('SALES_EVENTS_DLQ')]).toEqual([[], 0]);
    expectStored(await repository.write(written));
  });

  it('is noticed by the next batch at the latest', async () => {
    const repository = await claimed();
    endBefore('commit');
    await repository.write(written);
    expect(await repository.write(stored(2, 4))).toMatchObject({
      kind: 'stale',
      checkpoints: [{ partition: 0, nextOffset: 0 }],
    });
    expect(offsets()).toEqual([]);
    expectStored(await repository.write(stored(0, 4)));
    expect(offsets()).toEqual([0, 1, 2, 3]);
  });

  it('cannot move a checkpoint from outside', async () => {
    await claimed();
    const session = await SnowflakeSession.open(warehouse.options);
    await session.execute(CREATE_STAGING);
    const moves = JSON.stringify([[TOPIC, 0, 0, 5, 5, 0, 0, 0, 0, null]]);
    const advance = () => session.execute(advanceIn(ONE_TABLE), [moves, 'a mark', GROUP, GROUP]);
    expect(await session.execute(stageFirst(PLAIN.sql), ['a mark', '["[]"]'])).toBe(1);
    expect(await advance()).toBe(1);
    await session.execute('ROLLBACK');
    expect(await advance()).toBe(0);
    await session.end();
  });
});

describe('a partition with two checkpoints', () => {
  it('cannot stand for another one that has not moved', async () => {
    const repository = await claimed();
    await repository.claim([{ topic: TOPIC, partition: 1, startOffset: 0 }]);
    await repository.write(stored(0, 1, 1));
    await endpoint.run(
      `INSERT INTO INGESTION_CHECKPOINTS SELECT * FROM INGESTION_CHECKPOINTS WHERE "PARTITION" = 0`,
    );

    const both = batch({
      rows: [row(0), row(0, { partition: 1 })],
      ranges: [range(0, 1), range(0, 1, { partition: 1 })],
    });
    expect(await repository.write(both)).toMatchObject({ kind: 'fault', fault: { code: 'TWO_CHECKPOINTS' } });
    expect(offsets()).toEqual([0]);
  });
});
