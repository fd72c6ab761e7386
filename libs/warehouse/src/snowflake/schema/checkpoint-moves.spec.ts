import type { EventRepository } from '#pipeline';
import { SnowflakeEndpoint, type RowObject } from '#snowflake-endpoint';
import { expectStored, GROUP, SnowflakeWarehouse, stored, TOPIC } from '#testing/warehouse-contract';
import { FIRST_TABLE, HYBRID_TABLE, showCheckpointTables } from '../checkpoints/checkpoint-tables.js';
import { SnowflakeCheckpointStore } from '../checkpoints/snowflake-checkpoint-store.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { applySchema } from './apply-schema.js';
import { planSchema } from './schema.js';
import type { SchemaStep } from './table-steps.js';

type Form = 'standard' | 'hybrid';

const MOVES: { from: Form; to: Form }[] = [
  { from: 'standard', to: 'hybrid' },
  { from: 'hybrid', to: 'standard' },
];
const TABLES = { standard: [FIRST_TABLE, `${FIRST_TABLE}_2`], hybrid: [HYBRID_TABLE] };

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;
const opened: EventRepository[] = [];

/** A schema in this form, with the checkpoints of two owners. */
async function start(form: Form): Promise<EventRepository[]> {
  endpoint = await SnowflakeEndpoint.start();
  const checkpointTables = TABLES[form].length;
  warehouse = await SnowflakeWarehouse.start({
    accessUrl: endpoint.url,
    checkpoints: form,
    checkpointTables,
  });
  const owners: EventRepository[] = [];
  for (const partition of [0, 1]) {
    const owner = await open();
    await owner.identity();
    await claim(owner, partition);
    expectStored(await owner.write(stored(0, 3 + partition, partition)));
    owners.push(owner);
  }
  return owners;
}

async function open(): Promise<EventRepository> {
  const repository = warehouse.repository(GROUP);
  opened.push(repository);
  expect(await repository.open()).toEqual([]);
  return repository;
}

function claim(repository: EventRepository, ...partitions: number[]) {
  return repository.claim(partitions.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
}

function apply(checkpoints?: Form, checkpointTables = 1): Promise<void> {
  return applySchema(warehouse.options, { ...warehouse.options, checkpoints, checkpointTables });
}

/** The steps of a move that concern checkpoints. */
function stepsOf(from: Form, to: Form): SchemaStep[] {
  const existing = from === 'standard' ? TABLES.standard : [];
  const plan = planSchema(
    { ...warehouse.options, checkpoints: to },
    { standard: existing, hasHybrid: from === 'hybrid', columns: new Map() },
  );
  return plan.filter(({ sql }) => /INGESTION_CHECKPOINTS|TRANSACTION|COMMIT$|SESSION/.test(sql));
}

/** Runs these steps as an apply that is interrupted after the last of them. */
async function run(steps: readonly SchemaStep[]): Promise<void> {
  const session = await SnowflakeSession.open(warehouse.options);
  for (const { sql, isInTransaction } of steps) {
    await session.execute(sql);
    if (isInTransaction !== true) await session.execute('COMMIT');
  }
  await session.end();
}

/** The checkpoints of all groups in all tables that exist, with the time at which they were begun. */
function ledger(): RowObject[] {
  return endpoint.tables
    .filter((name) => name.startsWith(FIRST_TABLE))
    .flatMap((name) => endpoint.table(name))
    .filter((row) => row['CONSUMER_GROUP'] !== '' || row['TOPIC'] !== '')
    .sort((one, other) => Number(one['PARTITION']) - Number(other['PARTITION']));
}

const checkpointTables = () => endpoint.tables.filter((name) => name.startsWith(FIRST_TABLE)).sort();

/** Expects an owner to continue where the others stopped, in tables of this form only. */
async function expectContinued(form: Form, tables = TABLES[form].slice(0, 1)): Promise<void> {
  expect(checkpointTables()).toEqual(tables);
  const owner = await open();
  const claimed = await claim(owner, 0, 1);
  expect(claimed.map(({ nextOffset, stored: count }) => [nextOffset, count])).toEqual([
    [3, 3],
    [4, 4],
  ]);
  expectStored(await owner.write(stored(3, 5, 0)));
  expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(9);
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
  await endpoint.close();
  expect(endpoint.journal.unknown).toEqual([]);
  expect(endpoint.openTransactions).toEqual([]);
});

describe.each(MOVES)('a move of the checkpoints from $from to $to', ({ from, to }) => {
  it('keeps every row, and can be repeated', async () => {
    await start(from);
    const before = ledger();
    const { length } = before;
    expect(length).toBe(3);

    await apply(to);
    expect(ledger()).toEqual(before);
    const tables = endpoint.tables.map((name) => endpoint.table(name));
    await apply(to);
    await apply();

    expect(endpoint.tables.map((name) => endpoint.table(name))).toEqual(tables);
    await expectContinued(to);
  });

  it('can be interrupted after any statement, and then finished in either direction', async () => {
    await start(from);
    const steps = stepsOf(from, to);
    for (const [done] of steps.entries()) {
      await apply(from, TABLES[from].length);
      for (const next of [from, to]) {
        const before = ledger();
        await run(steps.slice(0, done));
        expect(ledger()).toEqual(before);

        await apply(next, TABLES[next].length);

        expect(ledger()).toEqual(before);
        expect(checkpointTables()).toEqual(TABLES[next]);
      }
    }
    await apply(to, TABLES[to].length);
    await expectContinued(to, TABLES[to]);
  });

  it('fences off a process that still runs, at whatever statement the move is', async () => {
    await start(from);
    const steps = stepsOf(from, to);
    const committed = steps.findIndex(({ sql }) => sql === 'COMMIT');
    for (const [done] of steps.entries()) {
      if (done <= committed) continue;
      await apply(from, TABLES[from].length);
      const [running, claiming] = [await open(), await open()];
      await claim(running, 0);
      const before = ledger();
      await run(steps.slice(0, done));

      const codes = /^CHECKPOINTS_MOV(ED|ING)$/;
      const written = await running.write(stored(3, 6, 0));
      expect(written).toMatchObject({
        fault: { class: 'setup', code: expect.stringMatching(codes) as string },
      });
      for (const partition of [0, 7]) {
        await expect(claim(claiming, partition)).rejects.toMatchObject({
          fault: { class: 'setup', code: expect.stringMatching(codes) as string },
        });
      }
      expect(ledger()).toEqual(before);
      expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(7);
    }
  });

  it('waits for a batch that is being written', async () => {
    const [owner] = await start(from);
    if (owner === undefined) throw new Error('no owner');
    endpoint.addFault({ on: 'commit', kind: 'delay', ms: 300, point: 'before' });
    const [result] = await Promise.all([owner.write(stored(3, 6, 0)), apply(to)]);

    const [checkpoint] = ledger().filter((row) => row['PARTITION'] === 0);
    const count = result.kind === 'stored' ? 6 : 3;
    expect(checkpoint).toMatchObject({ NEXT_OFFSET: count, STORED: count });
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(count + 4);
  });
});

it('does not open while a move is not finished, and an apply has to say which form', async () => {
  await start('standard');
  await endpoint.run(`CREATE HYBRID TABLE ${HYBRID_TABLE} (P NUMBER PRIMARY KEY)`);
  const repository = warehouse.repository(GROUP);
  expect(await repository.open()).toMatchObject([{ class: 'setup', code: 'CHECKPOINTS_MOVING' }]);
  await expect(apply()).rejects.toMatchObject({ fault: { code: 'CHECKPOINTS_MOVING' } });
});

it('does not open if a standard table has the name of the hybrid table', async () => {
  await start('standard');
  await endpoint.run(`CREATE TABLE ${HYBRID_TABLE} (P NUMBER)`);
  const repository = warehouse.repository(GROUP);
  expect(await repository.open()).toMatchObject([{ class: 'setup', code: 'NOT_HYBRID' }]);
});

it('keeps the form that is there, unless it is told another one', async () => {
  await start('hybrid');
  await apply();
  expect(checkpointTables()).toEqual([HYBRID_TABLE]);
  await expect(apply(undefined, 4)).rejects.toMatchObject({ fault: { code: 'HYBRID_CHECKPOINTS' } });
});

it('changes nothing where there are no hybrid tables, and says what to do', async () => {
  await start('standard');
  const before = ledger();
  endpoint.hybridTables = false;

  await expect(apply('hybrid')).rejects.toMatchObject({
    fault: {
      class: 'setup',
      message: expect.stringContaining("Unsupported feature 'HYBRID TABLE'") as string,
      remedy: expect.stringMatching(/not on Google Cloud.*--checkpoints standard/) as string,
    },
  });

  expect(checkpointTables()).toEqual(TABLES.standard);
  expect(ledger()).toEqual(before);
  await expectContinued('standard', TABLES.standard);
});

it('leaves the old name to a view: queries continue, and no table can take it', async () => {
  await start('standard');
  await apply('hybrid');
  const rows = await warehouse.query(
    `SELECT "PARTITION", NEXT_OFFSET FROM ${FIRST_TABLE} WHERE TOPIC = '${TOPIC}'`,
  );
  expect(rows).toHaveLength(2);
  const [, ...ofAnEarlierVersion] = planSchema(warehouse.options);
  const create = ofAnEarlierVersion.find(({ what }) => what === `the table ${FIRST_TABLE}`);
  await expect(endpoint.run(create?.sql ?? '')).rejects.toThrow('already exists');
});

it('moves what `operator checkpoints` sees as well', async () => {
  await start('standard');
  await apply('hybrid');
  const store = new SnowflakeCheckpointStore(warehouse.options);
  expect(await store.open()).toEqual([]);
  expect((await store.read(GROUP, TOPIC)).map(({ heldIn }) => heldIn)).toEqual([HYBRID_TABLE, HYBRID_TABLE]);
  await store.close();
  const session = await SnowflakeSession.open(warehouse.options);
  expect(await showCheckpointTables(session)).toEqual({ standard: [], hasHybrid: true });
  await session.end();
});
