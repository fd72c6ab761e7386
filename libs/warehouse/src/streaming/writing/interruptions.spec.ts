import { setTimeout as delay } from 'node:timers/promises';
import type { Batch, EventRepository, WriteResult } from '#pipeline';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import {
  batch,
  expectStored,
  GROUP,
  letter,
  parsed,
  range,
  row,
  StreamingWarehouse,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';

const START = [{ topic: TOPIC, partition: 0, startOffset: 0 }];
const LEDGER = 'INGESTION_LEDGER';
/** Longer than any pause before a channel is opened again. */
const LONGEST_MS = 60_000;

let warehouse: StreamingWarehouse;
let opened: EventRepository[];

beforeEach(async () => {
  opened = [];
  warehouse = await StreamingWarehouse.startStreaming();
});

afterEach(async () => {
  await Promise.all(opened.map((repository) => repository.close()));
  await warehouse.close();
});

/** A process that owns the partition. */
async function owner(over: Parameters<StreamingWarehouse['repository']>[1] = {}): Promise<EventRepository> {
  const repository = warehouse.repository(GROUP, over);
  opened.push(repository);
  expect(await repository.open()).toEqual([]);
  await repository.claim(START);
  return repository;
}

/** Three rows and a dead letter from an offset on. */
function mixed(from: number): Batch {
  return batch({
    rows: [from, from + 1, from + 3].map((offset) => row(offset)),
    deadLetters: [letter(from + 2)],
    ranges: [range(from, from + 4, { deadLettered: 1 })],
  });
}

/** As the pipeline does. */
async function settled(repository: EventRepository, written: Batch): Promise<WriteResult> {
  const startedAt = performance.now();
  for (;;) {
    const result = await repository.write(written);
    if ((result.kind !== 'fault' && result.kind !== 'deferred') || performance.now() - startedAt > LONGEST_MS)
      return result;
    await delay(5);
  }
}

async function offsets(table: typeof RAW_EVENTS_STREAM | typeof SALES_EVENTS_DLQ): Promise<number[]> {
  const rows = await warehouse.rows(table);
  const found = rows.map((each) => (parsed(each['EVENT_METADATA']) as { offset: number }).offset);
  return found.sort((one, other) => one - other);
}

async function expectOnce(
  events: readonly number[],
  letters: readonly number[],
  next: number,
): Promise<void> {
  expect(await offsets(RAW_EVENTS_STREAM)).toEqual(events);
  expect(await offsets(SALES_EVENTS_DLQ)).toEqual(letters);
  const checkpoints = warehouse.checkpoints();
  expect(await checkpoints.open()).toEqual([]);
  expect(await checkpoints.read(GROUP, TOPIC)).toMatchObject([
    { firstOffset: 0, nextOffset: next, stored: events.length, deadLettered: letters.length },
  ]);
  await checkpoints.close();
}

const APPENDS = [RAW_EVENTS_STREAM.name, SALES_EVENTS_DLQ.name, LEDGER];

describe('channels that fail between the rows and the ledger', () => {
  it.each([
    [`open-channel ${RAW_EVENTS_STREAM.name}`, { kind: 'reset', times: 4 }],
    [`open-channel ${SALES_EVENTS_DLQ.name}`, { kind: 'reset', times: 4 }],
    [`select ${RAW_EVENTS_STREAM.name}`, { kind: 'sql-error', code: '000604', message: 'cancelled' }],
  ] as const)('store the rows once if they cannot be opened again because of %s', async (on, fault) => {
    const repository = await owner({ requestTimeoutMs: 30_000 });
    warehouse.endpoint.addFault({
      on: `append-rows ${LEDGER}`,
      kind: 'streaming-error',
      status: 400,
      code: 'STALE_CONTINUATION_TOKEN_SEQUENCER',
    });
    expect(await repository.write(mixed(0))).toMatchObject({ kind: 'fault' });
    warehouse.endpoint.addFault({ on, ...fault });
    expect(await repository.write(mixed(0))).toMatchObject({ kind: 'fault' });

    expectStored(await settled(repository, mixed(0)));
    await expectOnce([0, 1, 3], [2], 4);
  });
});

describe('a process that ends', () => {
  it.each(APPENDS.flatMap((table) => (['before', 'after'] as const).map((point) => [table, point] as const)))(
    'at the append to %s, %s Snowflake takes it, leaves everything stored once',
    async (table, point) => {
      expectStored(await (await owner()).write(mixed(0)));
      const ending = await owner({ requestTimeoutMs: 30_000 });
      // As often as the client sends it.
      warehouse.endpoint.addFault({ on: `append-rows ${table}`, kind: 'reset', point, times: 4 });
      expect(await ending.write(mixed(4))).toMatchObject({ kind: 'fault' });

      const next = await owner();
      // The ledger may have the batch already.
      expect(['stored', 'stale']).toContain((await settled(next, mixed(4))).kind);
      expectStored(await next.write(mixed(8)));

      await expectOnce([0, 1, 3, 4, 5, 7, 8, 9, 11], [2, 6, 10], 12);
    },
  );

  it('with a batch whose rows are committed and whose ledger entry is not, leaves them stored once', async () => {
    const ending = await owner();
    warehouse.endpoint.addFault({
      on: `append-rows ${LEDGER}`,
      kind: 'streaming-error',
      status: 400,
      code: 'X',
    });
    expect(await ending.write(mixed(0))).toMatchObject({ kind: 'fault' });
    expect(await offsets(RAW_EVENTS_STREAM)).toEqual([0, 1, 3]);

    // Other batches than those before the end.
    const next = await owner();
    expectStored(await next.write(batch({ rows: [row(0)], ranges: [range(0, 1)] })));
    expectStored(
      await next.write(
        batch({
          rows: [row(1), row(3), row(4)],
          deadLetters: [letter(2)],
          ranges: [range(1, 5, { deadLettered: 1 })],
        }),
      ),
    );
    await expectOnce([0, 1, 3, 4], [2], 5);
  });

  it.each([
    ['compaction', { gaps: 3 }],
    ['retention', { lost: 3 }],
  ])(
    'with rows that %s deletes before the next one reads them, leaves them counted as stored',
    async (_what, gone) => {
      const ending = await owner();
      warehouse.endpoint.addFault({
        on: `append-rows ${LEDGER}`,
        kind: 'streaming-error',
        status: 400,
        code: 'X',
      });
      expect(await ending.write(mixed(0))).toMatchObject({ kind: 'fault' });

      const next = await owner();
      // The response to the ledger's append is lost, so that the batch is compared with what was entered.
      warehouse.endpoint.addFault({ on: `append-rows ${LEDGER}`, kind: 'reset', times: 4 });
      const left = batch({ rows: [row(3), row(4)], ranges: [range(0, 5, gone)] });
      expectStored(await settled(next, left));
      expectStored(await next.write(mixed(5)));
      await expectOnce([0, 1, 3, 4, 5, 6, 8], [2, 7], 9);
    },
  );

  it('after it appended a batch ahead of the one before, leaves both stored once', async () => {
    const ending = await owner();
    ending.prepare?.(mixed(4));
    await rowsInTable(3);
    warehouse.endpoint.addFault({
      on: `append-rows ${LEDGER}`,
      kind: 'streaming-error',
      status: 400,
      code: 'X',
    });
    expect(await ending.write(mixed(0))).toMatchObject({ kind: 'fault' });

    const next = await owner();
    expectStored(await next.write(mixed(0)));
    expectStored(await next.write(mixed(4)));
    await expectOnce([0, 1, 3, 4, 5, 7], [2, 6], 8);
  });

  it.each([
    ['a row that is a dead letter to the next version', true],
    ['a dead letter that is a row to the next version', false],
  ])('leaves %s in one table only', async (_what, isRowFirst) => {
    const asRow = batch({ rows: [row(0)], ranges: [range(0, 1)] });
    const asLetter = batch({ deadLetters: [letter(0)], ranges: [range(0, 1, { deadLettered: 1 })] });
    const ending = await owner();
    warehouse.endpoint.addFault({
      on: `append-rows ${LEDGER}`,
      kind: 'streaming-error',
      status: 400,
      code: 'X',
    });
    await ending.write(isRowFirst ? asRow : asLetter);

    const next = await owner();
    next.prepare?.(isRowFirst ? asLetter : asRow);
    const result = await next.write(isRowFirst ? asLetter : asRow);

    expect(result).toMatchObject(
      isRowFirst ? { kind: 'already-stored', letters: [0] } : { kind: 'rejected', rows: [{ index: 0 }] },
    );
    expectStored(await next.write(isRowFirst ? batch({ ranges: [range(0, 1)] }) : asLetter));
    await (isRowFirst ? expectOnce([0], [], 1) : expectOnce([], [0], 1));
  });
});

describe('a lost acknowledgement', () => {
  it.each(APPENDS)('of an append to %s stores nothing twice', async (table) => {
    const repository = await owner();
    warehouse.endpoint.addFault({ on: `append-rows ${table}`, kind: 'reset', point: 'after' });
    expectStored(await settled(repository, mixed(0)));
    expectStored(await repository.write(mixed(4)));
    await expectOnce([0, 1, 3, 4, 5, 7], [2, 6], 8);
  });
});

describe('a channel that Snowflake invalidates', () => {
  it('while nothing arrives, is opened again for the next batch', async () => {
    const repository = await owner();
    expectStored(await repository.write(mixed(0)));
    warehouse.endpoint.streaming.invalidate();
    expectStored(await settled(repository, mixed(4)));
    await expectOnce([0, 1, 3, 4, 5, 7], [2, 6], 8);
  });

  it('while rows wait for their commit, loses none of them', async () => {
    const repository = await owner();
    warehouse.endpoint.streaming.commitDelayMs = Infinity;
    const written = settled(repository, mixed(0));
    while (!warehouse.endpoint.streaming.channels.some(({ pendingRows }) => pendingRows > 0)) await turn();
    warehouse.endpoint.streaming.invalidate();
    warehouse.endpoint.streaming.commitDelayMs = 5;
    expectStored(await written);
    await expectOnce([0, 1, 3], [2], 4);
  });
});

describe('a commit that does not come', () => {
  it('is not reported as stored; the rows are sent again, and are stored once', async () => {
    const repository = await owner({ requestTimeoutMs: 5_000 });
    warehouse.endpoint.streaming.commitDelayMs = Infinity;
    expect(await repository.write(mixed(0))).toMatchObject({
      kind: 'fault',
      fault: { class: 'transient', code: 'NOT_COMMITTED' },
    });
    warehouse.endpoint.streaming.commitDelayMs = 5;
    expectStored(await settled(repository, mixed(0)));
    await expectOnce([0, 1, 3], [2], 4);
  });
});

describe('another owner', () => {
  it('ends the first one, which does not open the channels again before the group has told it', async () => {
    const first = await owner({ fencePauseMs: 3_600_000 });
    expectStored(await first.write(mixed(0)));
    const second = await owner();

    const fault = { class: 'transient', code: 'STALE_CONTINUATION_TOKEN_SEQUENCER' };
    expect(await first.write(mixed(4))).toMatchObject({ kind: 'fault', fault });
    for (let tries = 0; tries < 3; tries++) {
      expect(await first.write(mixed(4))).toMatchObject({
        kind: 'deferred',
        partitions: [
          { checkpoint: { partition: 0, nextOffset: 4 }, fault, waitMs: expect.any(Number) as number },
        ],
      });
    }
    expectStored(await second.write(mixed(4)));
    await expectOnce([0, 1, 3, 4, 5, 7], [2, 6], 8);
    // Opened by the first owner, and by the second one.
    expect(new Set(warehouse.endpoint.streaming.channels.map(({ opens }) => opens))).toEqual(new Set([2]));
  });

  it('of one partition leaves the others to the first one', async () => {
    const both = [0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 }));
    const first = await owner({ fencePauseMs: 3_600_000 });
    await first.claim(both);
    await owner();
    const second = batch({ rows: [row(0, { partition: 1 })], ranges: [range(0, 1, { partition: 1 })] });
    const rows = [...stored(0, 1).rows, ...second.rows];
    const ranges = [...stored(0, 1).ranges, ...second.ranges];

    expect(await first.write(batch({ rows, ranges }))).toMatchObject({ kind: 'fault' });
    expect(await first.write(batch({ rows, ranges }))).toMatchObject({
      kind: 'deferred',
      partitions: [{ checkpoint: { partition: 0 } }],
    });
    expectStored(await first.write(second));
    const third = batch({ rows: [row(1, { partition: 1 })], ranges: [range(1, 2, { partition: 1 })] });
    expectStored(await first.write(third));
    expect(await offsets(RAW_EVENTS_STREAM)).toEqual([0, 1]);
  });

  it('that was late itself does not keep the partition from the one that the group has chosen', async () => {
    const chosen = await owner({ fencePauseMs: 1 });
    await owner();
    expectStored(await settled(chosen, mixed(0)));
    await expectOnce([0, 1, 3], [2], 4);
  });
});

describe('the batch after the one that is being written', () => {
  it('is appended meanwhile, without its dead letters, and stored once', async () => {
    const repository = await owner();
    warehouse.endpoint.streaming.commitDelayMs = Infinity;
    const first = repository.write(mixed(0));
    repository.prepare?.(mixed(4));
    const pending = () =>
      warehouse.endpoint.streaming.channels.map(({ table, pendingRows }) => [table, pendingRows]);
    while (!pending().some(([table, rows]) => table === RAW_EVENTS_STREAM.name && rows === 6)) await turn();
    while (!pending().some(([table, rows]) => table === SALES_EVENTS_DLQ.name && rows === 1)) await turn();

    warehouse.endpoint.streaming.commitPending();
    warehouse.endpoint.streaming.commitDelayMs = 5;
    expectStored(await first);
    expect(await offsets(SALES_EVENTS_DLQ)).toEqual([2]);
    expectStored(await repository.write(mixed(4)));
    await expectOnce([0, 1, 3, 4, 5, 7], [2, 6], 8);
  });
});

it('a batch that is still being appended ahead when its turn comes is not appended twice', async () => {
  const repository = await owner();
  const written = mixed(0);
  repository.prepare?.(written);
  repository.prepare?.(written);
  expectStored(await repository.write(written));
  await expectOnce([0, 1, 3], [2], 4);
});

it('a row that Snowflake refuses in the next batch is found there', async () => {
  const repository = await owner();
  warehouse.endpoint.streaming.refuses = (each) =>
    'EVENT_CONTENT' in each && String(each['EVENT_METADATA']).includes('"offset":5,') ? 'refused' : null;
  const [first, second] = [stored(0, 4), stored(4, 8)];
  repository.prepare?.(second);
  expectStored(await repository.write(first));
  expect(await repository.write(second)).toMatchObject({ kind: 'rejected', rows: [{ index: 1 }] });
  const rest = batch({
    rows: [4, 6, 7].map((offset) => row(offset)),
    deadLetters: [letter(5, { errorType: 'warehouse_rejected' })],
    ranges: [range(4, 8, { deadLettered: 1 })],
  });
  expectStored(await repository.write(rest));
  await expectOnce([0, 1, 2, 3, 4, 6, 7], [5], 8);
});

it('a token that has expired is replaced', async () => {
  const repository = await owner();
  warehouse.endpoint.expireStreamingTokens();
  expectStored(await repository.write(mixed(0)));
  await expectOnce([0, 1, 3], [2], 4);
});

async function rowsInTable(count: number): Promise<void> {
  while (warehouse.endpoint.table(RAW_EVENTS_STREAM.name).length < count) await turn();
}

async function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(resolve, 5, undefined);
  await promise;
}
