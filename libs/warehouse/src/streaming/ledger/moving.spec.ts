import type { EventRepository } from '#pipeline';
import { RAW_EVENTS_STREAM } from '#warehouse';
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

const START = [0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 }));

let warehouse: StreamingWarehouse;

beforeEach(async () => {
  warehouse = await StreamingWarehouse.startStreaming();
});

afterEach(() => warehouse.close());

async function using<T>(repository: EventRepository, work: () => Promise<T>): Promise<T> {
  expect(await repository.open()).toEqual([]);
  try {
    return await work();
  } finally {
    await repository.close();
  }
}

const bySql = () => warehouse.sqlRepository(GROUP);
const byStreaming = () => warehouse.repository(GROUP);

/** Writes a batch to each partition, from where the engine claims it. */
async function ingest(repository: EventRepository, from: number): Promise<void> {
  await using(repository, async () => {
    expect(await repository.claim(START)).toMatchObject([
      { nextOffset: from, firstOffset: 0, stored: from },
      { nextOffset: from, firstOffset: 0, stored: from },
    ]);
    for (const { partition } of START)
      expectStored(await repository.write(stored(from, from + 5, partition)));
  });
}

async function handOver() {
  const store = warehouse.checkpoints();
  expect(await store.open()).toEqual([]);
  try {
    return await store.handOver(GROUP, TOPIC);
  } finally {
    await store.close();
  }
}

it('from SQL to streaming and back, twice, every event is stored once and every counter kept', async () => {
  await ingest(bySql(), 0);
  await ingest(byStreaming(), 5);
  await ingest(byStreaming(), 10);
  expect(await handOver()).toMatchObject([{ nextOffset: 15 }, { nextOffset: 15 }]);
  // As after an interruption.
  await handOver();
  await ingest(bySql(), 15);
  await ingest(byStreaming(), 20);
  await handOver();
  await ingest(bySql(), 25);

  const offsets = (await warehouse.rows(RAW_EVENTS_STREAM)).map((each) => {
    const { partition, offset } = parsed(each['EVENT_METADATA']) as Record<string, number>;
    return `${partition}@${offset}`;
  });
  expect(offsets).toHaveLength(60);
  expect(new Set(offsets).size).toBe(60);
});

it('a process that still writes by SQL is ended by the first claim of streaming', async () => {
  const sql = bySql();
  await using(sql, async () => {
    await sql.claim(START);
    const streaming = byStreaming();
    await using(streaming, async () => {
      await streaming.claim(START);
      expect(await sql.write(stored(0, 5))).toMatchObject({ kind: 'fault', fault: { class: 'setup' } });
      expectStored(await streaming.write(stored(0, 5)));
    });
  });
  expect(await warehouse.rows(RAW_EVENTS_STREAM)).toHaveLength(5);
});

it('the SQL engine does not continue from its old checkpoint, and says how to move back', async () => {
  await ingest(bySql(), 0);
  await ingest(byStreaming(), 5);
  const sql = bySql();
  await using(sql, async () => {
    await expect(sql.claim(START)).rejects.toMatchObject({
      fault: { class: 'setup', code: 'STREAMED_SINCE', remedy: expect.stringContaining('to-sql') as string },
    });
    await expect(sql.otherGroups(TOPIC)).rejects.toMatchObject({ fault: { code: 'STREAMED_SINCE' } });
  });
});

it('nothing is handed over while the tables have more than the ledger says', async () => {
  const streaming = byStreaming();
  await using(streaming, async () => {
    await streaming.claim(START);
    warehouse.endpoint.addFault({
      on: 'append-rows INGESTION_LEDGER',
      kind: 'streaming-error',
      status: 400,
      code: 'REFUSED_BY_THE_TEST',
    });
    const written = batch({
      rows: [row(0)],
      deadLetters: [letter(1)],
      ranges: [range(0, 2, { deadLettered: 1 })],
    });
    expect(await streaming.write(written)).toMatchObject({ kind: 'fault' });
  });
  await expect(handOver()).rejects.toMatchObject({ fault: { code: 'UNSETTLED' } });
  await expect(using(bySql(), () => bySql().claim(START))).rejects.toThrow();
});
