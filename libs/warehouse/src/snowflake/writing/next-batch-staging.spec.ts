import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { eventually } from '#testing';
import {
  batch,
  expectStored,
  GROUP,
  letter,
  range,
  row,
  SnowflakeWarehouse,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import { SnowflakeRepository } from './snowflake-repository.js';

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;
let repository: SnowflakeRepository;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({ idleAbortMs: 60_000 });
  warehouse = await SnowflakeWarehouse.start({
    accessUrl: endpoint.url,
    lockTimeoutSeconds: 1,
    // A COMMIT without a response in time is looked up, which is a statement more.
    requestTimeoutMs: 600_000,
  });
  repository = new SnowflakeRepository({ ...warehouse.options, consumerGroup: GROUP });
  expect(await repository.open()).toEqual([]);
  await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
  endpoint.journal.clear();
});
afterEach(async () => {
  await repository.close();
  expect(endpoint.sessions).toEqual([]);
  expect(endpoint.openTransactions).toEqual([]);
  expect(endpoint.journal.unknown).toEqual([]);
  await endpoint.close();
});

function offsets(): number[] {
  const numbers = endpoint
    .table('RAW_EVENTS_STREAM')
    .map((event) => (event['EVENT_METADATA'] as { offset: number }).offset);
  return numbers.sort((one, other) => one - other);
}

function answered(name: string): number {
  return endpoint.journal.entries.filter((entry) => entry.name === name && entry.outcome === 'ok').length;
}

/** Begins a batch ahead, and waits until its rows are sent. */
async function prepared(next: ReturnType<typeof stored>): Promise<void> {
  const before = answered('insert RAW_EVENTS_STREAM');
  repository.prepare(next);
  await eventually(() => answered('insert RAW_EVENTS_STREAM') > before);
}

describe('a batch begun ahead', () => {
  it('sends its rows before the previous batch is committed, and takes no lock for that', async () => {
    const next = batch({
      rows: [row(3)],
      deadLetters: [letter(4)],
      ranges: [range(3, 5, { deadLettered: 1 })],
    });
    const release = Promise.withResolvers<void>();
    const commit = endpoint.addFault({ on: 'commit', kind: 'hold', until: release.promise });
    const first = repository.write(stored(0, 3));
    await commit.happened;
    repository.prepare(next);
    await eventually(() => answered('insert SALES_EVENTS_DLQ') === 1);
    expect(answered('commit')).toBe(0);
    release.resolve();
    expectStored(await first);
    expect(offsets()).toEqual([0, 1, 2]);

    endpoint.journal.clear();
    expectStored(await repository.write(next));
    expect(endpoint.journal.entries.map(({ name }) => name)).toEqual([
      'update INGESTION_CHECKPOINTS',
      'update INGESTION_CHECKPOINTS',
      'commit',
    ]);
    expect([offsets(), endpoint.count('SALES_EVENTS_DLQ')]).toEqual([[0, 1, 2, 3], 1]);
  });

  it('alternates between two sessions, and is never begun twice', async () => {
    const batches = Array.from({ length: 8 }, (_, index) => stored(5 * index, 5 * index + 5));
    for (const [index, each] of batches.entries()) {
      const writing = repository.write(each);
      const next = batches[index + 1];
      if (next !== undefined) repository.prepare(next);
      expectStored(await writing);
    }
    expect(offsets()).toEqual(Array.from({ length: 40 }, (_, offset) => offset));
    expect(endpoint.sessions).toHaveLength(2);
    expect(answered('stage')).toBe(batches.length);
  });

  it('leaves nothing behind if another batch is written instead', async () => {
    await prepared(stored(0, 5));
    expectStored(await repository.write(stored(0, 3)));
    await eventually(() => endpoint.openTransactions.length === 0);
    expect(offsets()).toEqual([0, 1, 2]);
  });

  it('is not written if another owner moved its checkpoint meanwhile', async () => {
    const next = stored(0, 5);
    await prepared(next);
    const other = warehouse.repository(GROUP);
    expect(await other.open()).toEqual([]);
    expectStored(await other.write(stored(0, 2)));
    await other.close();

    expect(await repository.write(next)).toMatchObject({ kind: 'stale', checkpoints: [{ nextOffset: 2 }] });
    expect(offsets()).toEqual([0, 1]);
  });

  it('is begun again if the previous batch failed', async () => {
    const [first, next] = [stored(0, 3), stored(3, 6)];
    endpoint.addFault({ on: 'commit', kind: 'reset', point: 'before' });
    const failing = repository.write(first);
    repository.prepare(next);
    expect(await failing).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
    await eventually(() => endpoint.openTransactions.length === 0);

    expectStored(await repository.write(first));
    expectStored(await repository.write(next));
    expect(offsets()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it.each([
    { on: 'stage', kind: 'reset' },
    { on: 'stage', kind: 'session-gone' },
    { on: 'insert RAW_EVENTS_STREAM', kind: 'half-response' },
    { on: 'login', kind: 'http', status: 503, point: 'before' },
    { on: 'insert RAW_EVENTS_STREAM', kind: 'sql-error', code: '000603', message: 'internal' },
  ] as const)('is written all the same if beginning it failed: $on, $kind', async (fault) => {
    const next = stored(0, 5);
    const armed = endpoint.addFault(fault);
    repository.prepare(next);
    await armed.happened;
    expectStored(await repository.write(next));
    expect(offsets()).toEqual([0, 1, 2, 3, 4]);
  });

  it('is written all the same if somebody ended its transaction', async () => {
    const next = stored(0, 5);
    await prepared(next);
    endpoint.abortTransactions();
    expect(await repository.write(next)).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
    expect(offsets()).toEqual([]);
    expectStored(await repository.write(next));
    expect(offsets()).toEqual([0, 1, 2, 3, 4]);
  });

  it('is dropped when partitions are reassigned', async () => {
    await prepared(stored(0, 5));
    await repository.claim([{ topic: TOPIC, partition: 1, startOffset: 0 }]);
    await eventually(() => endpoint.openTransactions.length === 0);
    expect(offsets()).toEqual([]);
  });
});
