import { readFileSync } from 'node:fs';
import type { EventRepository } from '#pipeline';
import {
  batch,
  expectStored,
  GROUP,
  letter,
  range,
  row,
  StreamingWarehouse,
  TOPIC,
} from '#testing/warehouse-contract';
import { Traffic } from '#traffic';

let warehouse: StreamingWarehouse;
let repository: EventRepository;

beforeEach(async () => {
  warehouse = await StreamingWarehouse.startStreaming();
  repository = warehouse.repository(GROUP);
  expect(await repository.open()).toEqual([]);
  await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
  // What the claim has written is counted by the first batch.
  expectStored(await repository.write(batch({ ranges: [range(0, 1, { skipped: 1 })] })));
});

afterEach(async () => {
  await repository.close();
  await warehouse.close();
});

it('are those of rows, dead letters and the ledger, uncompressed', async () => {
  const before = bytesTaken();
  const ranges = [range(1, 3, { deadLettered: 1 })];
  const result = await repository.write(batch({ rows: [row(1)], deadLetters: [letter(2)], ranges }));
  expect(result.kind).toBe('stored');
  expect(result.billedBytes).toBe(bytesTaken() - before);
  expect(result.billedBytes).toBeGreaterThan(500);
});

it('include rows that are appended twice', async () => {
  const written = batch({ rows: [row(1)], ranges: [range(1, 2)] });
  warehouse.endpoint.addFault({
    on: 'append-rows INGESTION_LEDGER',
    kind: 'streaming-error',
    status: 400,
    code: 'X',
  });
  const failed = await repository.write(written);
  expect(failed).toMatchObject({ kind: 'fault', billedBytes: expect.any(Number) as number });
  expect(failed.billedBytes).toBeGreaterThan(0);
  const { billedBytes = 0 } = await repository.write(written);
  // The ledger's row alone: the rows of the first attempt are in the table.
  expect(billedBytes).toBeGreaterThan(0);
  expect(billedBytes).toBeLessThan(failed.billedBytes ?? 0);
});

it('of a generated event are as many as docs/snowflake.md says', async () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const traffic = new Traffic({
    seed: 1,
    now: () => (nowMs += 37),
    shares: { bad: 0, tombstones: 0, unknown: 0 },
  });
  const events = 5_000;
  const rows = Array.from({ length: events }, (_, index) => {
    const { key, value } = traffic.next();
    const { message, ...rest } = row(index + 1, { content: value?.toString() ?? '' });
    return { ...rest, message: { ...message, key: Buffer.from(key) } };
  });
  const { billedBytes = 0 } = await repository.write(batch({ rows, ranges: [range(1, events + 1)] }));
  const text = readFileSync(new URL('../../../../../docs/snowflake.md', import.meta.url), 'utf8');
  const [, said = ''] = /(\d+) bytes an event, measured/.exec(text) ?? [];
  expect(Math.round(billedBytes / events)).toBe(Number(said));
});

/** The uncompressed bytes that the endpoint has taken. */
function bytesTaken(): number {
  return warehouse.endpoint.streaming.billedBytes;
}
