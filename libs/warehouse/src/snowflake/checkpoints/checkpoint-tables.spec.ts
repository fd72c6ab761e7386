import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Checkpoint, EventRepository, WriteResult } from '#pipeline';
import { SnowflakeEndpoint, SQL_ERRORS } from '#snowflake-endpoint';
import { eventually } from '#testing';
import {
  batch,
  expectStored,
  GROUP,
  range,
  row,
  SnowflakeWarehouse,
  stopClocks,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import { checkpointTables, tableOf } from './checkpoint-tables.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { applySchema } from '../schema/apply-schema.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { takeLockOf } from './checkpoint-statements.js';

const [FIRST, SECOND, THIRD] = ['', '_2', '_3'].map((end) => `INGESTION_CHECKPOINTS${end}`) as [
  string,
  string,
  string,
];

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;
const opened: EventRepository[] = [];
const killed: SnowflakeSession[] = [];

async function opening(group = GROUP, over: Partial<SnowflakeOptions> = {}): Promise<EventRepository> {
  const repository = warehouse.repository(group, over);
  opened.push(repository);
  expect(await repository.open()).toEqual([]);
  return repository;
}

function claim(repository: EventRepository, ...partitions: number[]): Promise<Checkpoint[]> {
  return repository.claim(partitions.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
}

/** The owner of these partitions. The lowest one determines its table. */
async function owner(...partitions: number[]): Promise<EventRepository> {
  const repository = await opening();
  await claim(repository, ...partitions);
  return repository;
}

/** The partition and NEXT_OFFSET of each row, by table. */
function held(): Record<string, (readonly [number, number])[]> {
  const tables = endpoint.tables.filter((name) => name.startsWith(FIRST)).sort();
  return Object.fromEntries(
    tables.flatMap((table) => {
      const rows = endpoint.table(table).filter((each) => each['CONSUMER_GROUP'] !== '');
      const places = rows.map((each) => [Number(each['PARTITION']), Number(each['NEXT_OFFSET'])] as const);
      return rows.length === 0 ? [] : [[table, places.sort(([one], [other]) => one - other)]];
    }),
  );
}

/** The stored offsets of a partition. */
function offsets(partition: number): number[] {
  const places = endpoint
    .table('RAW_EVENTS_STREAM')
    .map((event) => event['EVENT_METADATA'] as { partition: number; offset: number });
  return places
    .filter((place) => place.partition === partition)
    .map(({ offset }) => offset)
    .sort((one, other) => one - other);
}

/** Holds the lock like a process that was killed before COMMIT, whose session nobody ends. */
async function abandoned(table: string): Promise<void> {
  const session = await SnowflakeSession.open(warehouse.options);
  killed.push(session);
  await session.execute(takeLockOf(table));
}

const requests = () => endpoint.journal.entries.map(({ name }) => name);
const upTo = (end: number) => Array.from({ length: end }, (_, offset) => offset);

async function start(checkpointTableCount: number): Promise<void> {
  endpoint = await SnowflakeEndpoint.start({ idleAbortMs: 60_000 });
  warehouse = await SnowflakeWarehouse.start({
    accessUrl: endpoint.url,
    lockTimeoutSeconds: 5,
    checkpointTables: checkpointTableCount,
  });
}

beforeEach(async () => {
  // The adapter logs which transactions it ends.
  jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  await start(4);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
  await Promise.all(killed.splice(0).map((session) => session.end()));
  await endpoint.close();
  expect(endpoint.journal.unknown).toEqual([]);
  expect(endpoint.openTransactions).toEqual([]);
});

describe('the table of an owner', () => {
  it('differs between owners when partitions are dealt out one by one', () => {
    const tables = checkpointTables(4).map(({ name }) => name);
    const dealt = upTo(4).map((member) =>
      upTo(10)
        .filter((partition) => partition % 4 === member)
        .map((partition) => ({ topic: TOPIC, partition })),
    );
    expect(dealt.map((partitions) => tableOf(partitions.toReversed(), tables))).toEqual(tables);
  });

  it('receives the rows that the owner claims, unchanged; other rows stay', async () => {
    const first = await owner(0, 1, 2, 3);
    for (const partition of [1, 2]) expectStored(await first.write(stored(0, 3, partition)));
    expect(held()).toEqual({
      [FIRST]: [
        [0, 0],
        [1, 3],
        [2, 3],
        [3, 0],
      ],
    });

    const [checkpoint] = await claim(await opening(), 1, 3);

    expect(checkpoint).toEqual({
      topic: TOPIC,
      partition: 1,
      firstOffset: 0,
      nextOffset: 3,
      stored: 3,
      deadLettered: 0,
      skipped: 0,
      gaps: 0,
      lost: 0,
      lastTimestampMs: 1_700_000_000_002,
    });
    expect(held()).toEqual({
      [FIRST]: [
        [0, 0],
        [2, 3],
      ],
      [SECOND]: [
        [1, 3],
        [3, 0],
      ],
    });
  });

  it('receives rows from several tables at once, and new ones', async () => {
    await owner(0);
    await owner(1, 4);
    await owner(2, 5);
    await claim(await opening(), 4, 3, 2, 6, 5);
    expect(held()).toEqual({
      [FIRST]: [[0, 0]],
      [SECOND]: [[1, 0]],
      [THIRD]: [2, 3, 4, 5, 6].map((partition) => [partition, 0]),
    });
  });

  it('is read without a lock if it already has every row', async () => {
    const repository = await owner(1, 5);
    endpoint.journal.clear();
    await claim(repository, 1, 5);
    expect(requests()).toEqual(['show tables', `select ${FIRST}`]);
  });

  it('is the only one that a batch locks, without extra statements', async () => {
    stopClocks();
    const repository = await owner(1, 5);
    endpoint.journal.clear();
    expectStored(await repository.write(stored(0, 100, 5)));
    expect(requests()).toEqual([
      'stage',
      'insert RAW_EVENTS_STREAM',
      `update ${SECOND}`,
      `update ${SECOND}`,
      'commit',
    ]);
  });

  it('does not make other owners wait', async () => {
    const [one, other] = [await owner(0, 2), await owner(1, 3)];
    const release = Promise.withResolvers<void>();
    const commit = endpoint.addFault({ on: 'commit', kind: 'hold', until: release.promise });
    const first = one.write(stored(0, 3, 2));
    await commit.happened;
    endpoint.journal.clear();

    expectStored(await other.write(stored(0, 3, 3)));

    // The first owner still holds its lock, and its COMMIT is pending.
    expect(endpoint.locks).toMatchObject([{ table: FIRST, waiting: false }]);
    expect(requests().filter((name) => name === 'commit')).toHaveLength(1);
    release.resolve();
    expectStored(await first);
  });

  it('holds rows per group: other groups keep theirs, and can be found', async () => {
    await owner(0, 1);
    const other = await opening('another');
    expect(await other.otherGroups(TOPIC)).toEqual([GROUP]);
    await claim(other, 1);
    expect(held()).toEqual({
      [FIRST]: [
        [0, 0],
        [1, 0],
      ],
      [SECOND]: [[1, 0]],
    });
    expect(await (await opening('new')).otherGroups(TOPIC)).toEqual(['another', GROUP]);
    expect(await other.otherGroups(TOPIC)).toEqual([]);
  });
});

describe('a former owner', () => {
  it('does not write what its successor wrote', async () => {
    const former = await owner(0, 1);
    const successor = await owner(1);
    expectStored(await successor.write(stored(0, 2, 1)));

    expect(await former.write(stored(0, 3, 1))).toMatchObject({
      kind: 'stale',
      checkpoints: [{ partition: 1, nextOffset: 2 }],
    });
    expect(offsets(1)).toEqual([0, 1]);
    expect(held()).toEqual({ [FIRST]: [[0, 0]], [SECOND]: [[1, 2]] });
  });

  it('writes before its successor if its transaction is open', async () => {
    const former = await owner(1, 2);
    const commit = endpoint.addFault({ on: 'commit', kind: 'delay', ms: 400, point: 'before' });
    const writing = former.write(stored(0, 3, 2));
    await commit.happened;

    const [checkpoint] = await claim(await opening(), 2);

    expectStored(await writing);
    expect(checkpoint).toMatchObject({ partition: 2, nextOffset: 3, stored: 3 });
    expect(held()).toEqual({ [SECOND]: [[1, 0]], [THIRD]: [[2, 3]] });
  });

  it.each(['reevaluate', 'statement-start'] as const)(
    'changes nothing if its rows leave while it waits for the lock (%s)',
    async (afterWait) => {
      endpoint.afterWait = afterWait;
      const former = await owner(1, 2);
      const [successor] = [await opening()];
      // The claim holds the locks, and is about to copy.
      const release = Promise.withResolvers<void>();
      const copy = endpoint.addFault({ on: `insert ${THIRD}`, kind: 'hold', until: release.promise });
      const claimed = claim(successor, 2);
      await copy.happened;
      const writing = former.write(stored(0, 3, 2));
      await eventually(() => endpoint.locks.some(({ waiting }) => waiting));
      release.resolve();
      await claimed;

      expect(await writing).toMatchObject({ kind: 'fault', fault: { code: 'CHECKPOINT_IN_USE' } });
      expect(offsets(2)).toEqual([]);
    },
  );

  // A slow claim may belong to an assignment before the current one, and nobody claims again.
  it('cannot keep rows that a late claim took from their owner', async () => {
    const rightful = await owner(2);
    await owner(1, 2);
    expect(held()).toEqual({
      [SECOND]: [
        [1, 0],
        [2, 0],
      ],
    });

    expect(await rightful.write(stored(0, 3, 2))).toMatchObject({
      kind: 'fault',
      fault: { class: 'transient', code: 'CHECKPOINT_IN_USE' },
    });
    expectStored(await rightful.write(stored(0, 3, 2)));
    expect(held()).toEqual({ [SECOND]: [[1, 0]], [THIRD]: [[2, 3]] });
  });
});

describe('concurrent claims', () => {
  it.each(['reevaluate', 'statement-start'] as const)(
    'create one row per partition, although for different tables (%s)',
    async (afterWait) => {
      endpoint.afterWait = afterWait;
      const owners = [await opening(), await opening(), await opening()];
      await Promise.all(owners.map((each, index) => claim(each, ...[0, 1, 2, 7].slice(index))));
      const partitions = Object.values(held()).flatMap((places) => places.map(([partition]) => partition));
      expect(partitions.sort()).toEqual([0, 1, 2, 7]);
    },
  );

  it.each(['reevaluate', 'statement-start'] as const)(
    'and batches between them store every offset once (%s)',
    async (afterWait) => {
      endpoint.afterWait = afterWait;
      const owners = [await opening(), await opening(), await opening()];
      const written: WriteResult[] = [];
      await Promise.all(
        owners.map(async (each, index) => {
          for (let round = 0; round < 4; round++) {
            // Each owns all of them at times, and the lowest partition varies.
            const partitions = upTo(4).filter((partition) => partition >= (index + round) % 4);
            const claimed = await claim(each, ...partitions);
            for (const { partition, nextOffset } of claimed) {
              written.push(await each.write(stored(nextOffset, nextOffset + 2, partition)));
            }
          }
        }),
      );

      expect(written.filter(({ kind }) => kind === 'stored').length).toBeGreaterThan(4);
      const ends = Object.values(held()).flat();
      expect(ends.map(([partition]) => partition).sort()).toEqual([0, 1, 2, 3]);
      for (const [partition, end] of ends) expect(offsets(partition)).toEqual(upTo(end));
    },
  );
});

describe('two rows of a partition in different tables', () => {
  it('are a fault that names both tables', async () => {
    const repository = await owner(1);
    await endpoint.run(`INSERT INTO ${FIRST} SELECT * FROM ${SECOND} WHERE CONSUMER_GROUP <> ''`);
    const fault = {
      class: 'setup',
      code: 'TWO_CHECKPOINTS',
      message: expect.stringContaining(SECOND) as string,
    };

    await expect(claim(repository, 1)).rejects.toMatchObject({ fault });
    expect(await repository.write(stored(0, 3, 1))).toMatchObject({ kind: 'fault', fault });
    expect(offsets(1)).toEqual([]);
  });
});

describe('a claim that moves rows', () => {
  let before: ReturnType<typeof held>;
  let successor: EventRepository;
  beforeEach(async () => {
    const former = await owner(0, 1, 2);
    expectStored(await former.write(stored(0, 3, 1)));
    before = held();
    successor = await opening();
  });
  const after = {
    [FIRST]: [[0, 0]],
    [SECOND]: [
      [1, 3],
      [2, 0],
    ],
  };

  it.each([
    [`insert ${SECOND}`, 'after'],
    [`delete ${FIRST}`, 'after'],
    ['commit', 'before'],
  ] as const)('changes nothing if it dies at %s (%s)', async (on, point) => {
    endpoint.addFault({ on, kind: 'reset', point });
    await expect(claim(successor, 1, 2)).rejects.toMatchObject({ fault: { class: 'transient' } });
    expect(held()).toEqual(before);
    expect(endpoint.openTransactions).toEqual([]);
    await claim(successor, 1, 2);
    expect(held()).toEqual(after);
  });

  it('can be repeated if its COMMIT gets no response', async () => {
    endpoint.addFault({ on: 'commit', kind: 'reset', point: 'after' });
    await expect(claim(successor, 1, 2)).rejects.toMatchObject({ fault: { class: 'transient' } });
    expect(held()).toEqual(after);
    expect(await claim(successor, 1, 2)).toMatchObject([{ nextOffset: 3 }, { nextOffset: 0 }]);
    expect(held()).toEqual(after);
  });

  // Its session would continue in a transaction without a lock, and a former owner could move what it copies.
  it.each([`insert ${SECOND}`, `delete ${FIRST}`])(
    'changes nothing if somebody ends its transaction before %s',
    async (on) => {
      const pause = endpoint.addFault({ on, kind: 'delay', ms: 20, point: 'before' });
      void pause.happened.then(() => {
        endpoint.abortTransactions();
      });
      await expect(claim(successor, 1, 2)).rejects.toMatchObject({ fault: { class: 'transient' } });
      expect(held()).toEqual(before);
      await claim(successor, 1, 2);
      expect(held()).toEqual(after);
    },
  );

  it('takes along what the owner has stored before the claim has the lock of its table', async () => {
    const before = await owner(1, 2);
    const released = Promise.withResolvers<void>();
    const locking = endpoint.addFault({ on: `update ${SECOND}`, kind: 'hold', until: released.promise });
    const claimed = claim(successor, 2);
    await locking.happened;
    expectStored(await before.write(stored(0, 3, 2)));
    released.resolve();

    expect(await claimed).toMatchObject([{ partition: 2, nextOffset: 3 }]);
    expect(held()).toMatchObject({ [THIRD]: [[2, 3]] });
  });

  it('logs which transaction holds the lock if Snowflake refuses to end it', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await claim(successor, 1, 2);
    const other = await opening();
    await abandoned(SECOND);
    const [{ id } = { id: '' }] = endpoint.openTransactions;
    // The first one reads the holders.
    endpoint.addFault({
      on: 'select',
      occurrence: 2,
      kind: 'sql-error',
      ...SQL_ERRORS.insufficientPrivileges,
      message: 'no',
    });

    await expect(claim(other, 2)).rejects.toMatchObject({ fault: { code: '000627' } });
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(`^Cannot end transaction ${id}, .*: Snowflake: the role lacks a privilege`)],
    ]);
  });

  it('ends a transaction that a killed owner left open on the source table', async () => {
    await claim(successor, 1, 2);
    const other = await opening();
    await abandoned(SECOND);

    await expect(claim(other, 2)).rejects.toMatchObject({ fault: { class: 'transient', code: '000627' } });

    expect(await claim(other, 2)).toMatchObject([{ partition: 2, nextOffset: 0 }]);
    expect(held()).toMatchObject({ [SECOND]: [[1, 3]], [THIRD]: [[2, 0]] });
  });
});

describe('a redriven message', () => {
  it.each(['reevaluate', 'statement-start'] as const)(
    'is stored by only one of two owners with different tables (%s)',
    async (afterWait) => {
      endpoint.afterWait = afterWait;
      const redriveId = 'c0ffee00-0000-4000-8000-000000000001';
      const owners = [await owner(1), await owner(2)];
      endpoint.seed('SALES_EVENTS_DLQ', [
        {
          ERROR_TYPE: 'json_decode',
          ERROR_REASON: '',
          EVENT_METADATA: { topic: TOPIC, partition: 0, offset: 0 },
          ATTEMPT: 1,
          FAILED_AT: new Date(0),
          REDRIVE_ID: redriveId,
        },
      ]);
      // Both have staged their rows, and neither has recorded yet where they are stored.
      endpoint.addFault({ on: `update ${SECOND}`, kind: 'delay', ms: 50, point: 'before', times: 2 });
      endpoint.addFault({ on: 'commit', kind: 'delay', ms: 100, point: 'before', times: 2 });
      const results = await Promise.all(
        owners.map((each, index) => {
          const partition = index + 1;
          return each.write(
            batch({ rows: [row(0, { partition, redriveId })], ranges: [range(0, 1, { partition })] }),
          );
        }),
      );
      expect(results.map(({ kind }) => kind).sort()).toEqual(['already-stored', 'stored']);
      expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(1);
    },
  );
});

describe('tables created while owners are running', () => {
  beforeEach(async () => {
    await endpoint.close();
    await start(1);
  });
  const add = () => applySchema(warehouse.options, { ...warehouse.options, checkpointTables: 4 });

  it('are found by the next claim, and earlier by an owner that misses a row', async () => {
    const early = await owner(0, 1);
    expectStored(await early.write(stored(0, 3, 1)));
    await add();
    expectStored(await early.write(stored(3, 5, 1)));
    expect(held()).toEqual({
      [FIRST]: [
        [0, 0],
        [1, 5],
      ],
    });

    const late = await owner(1);
    expectStored(await late.write(stored(5, 6, 1)));
    expect(await early.write(stored(5, 7, 1))).toMatchObject({
      kind: 'stale',
      checkpoints: [{ nextOffset: 6 }],
    });

    await claim(early, 2, 6);
    expect(held()).toEqual({
      [FIRST]: [[0, 0]],
      [SECOND]: [[1, 6]],
      [THIRD]: [
        [2, 0],
        [6, 0],
      ],
    });
  });

  it('do not hide a new row from an owner that was about to create it', async () => {
    const early = await opening();
    const release = Promise.withResolvers<void>();
    const looked = endpoint.addFault({
      on: 'select RAW_EVENTS_STREAM',
      kind: 'hold',
      until: release.promise,
    });
    const slow = claim(early, 1);
    await looked.happened;
    await add();
    await owner(1);
    release.resolve();
    await slow;
    expect(held()).toEqual({ [SECOND]: [[1, 0]] });
  });

  it('do not include copies with similar names', async () => {
    for (const copy of ['20260131', 'OLD', '1', '02', '100']) {
      await endpoint.run(`CREATE TABLE ${FIRST}_${copy} AS SELECT * FROM ${FIRST}`);
    }
    await owner(1);
    expect(held()).toEqual({ [FIRST]: [[1, 0]] });
  });
});

describe('the startup check', () => {
  const faults = async () => {
    const repository = warehouse.repository(GROUP);
    opened.push(repository);
    return repository.open();
  };

  it('names what each table lacks', async () => {
    await endpoint.run(`ALTER TABLE ${THIRD} DROP COLUMN GAPS`);
    expect(await faults()).toMatchObject([
      { class: 'setup', code: 'SCHEMA', message: expect.stringMatching(/_3 has no column GAPS/) },
    ]);
  });

  it('reports a missing lock row', async () => {
    await endpoint.run(`DELETE FROM ${SECOND}`);
    expect(await faults()).toMatchObject([
      { class: 'setup', code: 'SENTINEL', message: expect.stringContaining(`${SECOND} has 0 rows`) },
    ]);
  });

  it('ends a transaction that a killed owner left open on any table if it has to wait for it', async () => {
    await abandoned(SECOND);
    expect(await faults()).toMatchObject([{ class: 'transient', code: '000627' }]);
    expect(await faults()).toEqual([]);
  });

  it.each([
    ['DELETE', FIRST],
    ['DELETE', THIRD],
    ['INSERT', SECOND],
    ['UPDATE', SECOND],
    ['SELECT', SECOND],
  ])('reports a missing privilege %s on %s', async (privilege, table) => {
    endpoint.revoke(privilege, table);
    const [fault] = await faults();
    expect(fault).toMatchObject({
      class: 'setup',
      code: SQL_ERRORS.insufficientPrivileges.code,
      message: expect.stringContaining(`'${table}'`) as string,
    });
  });
});
