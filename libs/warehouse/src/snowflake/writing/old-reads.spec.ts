import { randomUUID } from 'node:crypto';
import type { EventRepository } from '#pipeline';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
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

/** With READ_CONSISTENCY_MODE = 'SESSION', a query may miss what another session has just committed. */
describe('while queries do not see what other sessions have just committed', () => {
  const HOUR_MS = 3_600_000;
  const READS_MS = 200;
  let endpoint: SnowflakeEndpoint;
  let warehouse: SnowflakeWarehouse;
  const opened: { close(): Promise<void> }[] = [];

  async function owner(): Promise<EventRepository> {
    const repository = warehouse.repository(GROUP);
    opened.push(repository);
    expect(await repository.open()).toEqual([]);
    return repository;
  }
  const claim = (repository: EventRepository) =>
    repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
  const storedOffsets = () =>
    endpoint
      .table('RAW_EVENTS_STREAM')
      .map((event) => (event['EVENT_METADATA'] as { offset: number }).offset);

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((repository) => repository.close()));
    await endpoint.close();
  });

  it('a new owner stores nothing twice from an old checkpoint, and goes on once it sees the new one', async () => {
    const [before, now] = [await owner(), await owner()];
    await claim(before);
    endpoint.oldReadsMs = HOUR_MS;
    expectStored(await before.write(stored(0, 100)));

    const [checkpoint] = await claim(now);
    expect(checkpoint?.nextOffset).toBe(0);
    expect(await now.write(stored(0, 50))).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
    endpoint.oldReadsMs = 0;
    expect(await now.write(stored(0, 50))).toMatchObject({
      kind: 'stale',
      checkpoints: [{ nextOffset: 100 }],
    });
    expectStored(await now.write(stored(100, 150)));
    expect(storedOffsets()).toEqual(Array.from({ length: 150 }, (_, offset) => offset));
  });

  it('a redriven message that another owner has just stored is not stored again', async () => {
    const redriveId = randomUUID();
    const first = await owner();
    const second = await owner();
    await first.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
    await second.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
    const failed = batch({ deadLetters: [letter(0)], ranges: [range(0, 1, { deadLettered: 1 })] });
    expectStored(await first.write(failed));
    await endpoint.run(`UPDATE SALES_EVENTS_DLQ SET REDRIVE_ID = '${redriveId}'`);
    endpoint.oldReadsMs = HOUR_MS;
    const copy = (offset: number, partition: number) =>
      batch({
        rows: [row(offset, { partition, redriveId })],
        ranges: [range(offset, offset + 1, { partition })],
      });
    expectStored(await first.write(copy(1, 0)));

    expect(await second.write(copy(0, 1))).toMatchObject({ kind: 'fault', fault: { code: 'OLD_READ' } });
    endpoint.oldReadsMs = 0;
    expect(await second.write(copy(0, 1))).toMatchObject({ kind: 'already-stored', indexes: [0] });
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(1);
  });

  it('two owners that begin at once create one checkpoint and one identity', async () => {
    const [first, second] = [await owner(), await owner()];
    endpoint.oldReadsMs = HOUR_MS;
    const identity = await first.identity();
    await expect(second.identity()).rejects.toMatchObject({ fault: { code: 'NO_IDENTITY' } });
    await claim(first);
    await expect(claim(second)).rejects.toMatchObject({ fault: { class: 'transient' } });
    endpoint.oldReadsMs = 0;
    expect(await second.identity()).toBe(identity);
    expect(await claim(second)).toMatchObject([{ nextOffset: 0 }]);
    expect(endpoint.table('INGESTION_CHECKPOINTS').filter((each) => each['TOPIC'] === TOPIC)).toHaveLength(1);
  });

  it('a restorer writes nothing that another one has just restored', async () => {
    const writer = await owner();
    await claim(writer);
    expectStored(await writer.write(stored(0, 10)));
    await endpoint.run('DELETE FROM RAW_EVENTS_STREAM');
    const [first, second] = [warehouse.restorer(), warehouse.restorer(2 * READS_MS)];
    opened.push(first, second);
    expect(await first.open()).toEqual([]);
    endpoint.oldReadsMs = READS_MS;
    expect(await first.restore(stored(0, 8))).toMatchObject({ kind: 'restored', rows: 8 });
    expect(await second.open()).toEqual([]);
    expect(await first.restore(stored(8, 10))).toMatchObject({ fault: { code: 'RESTORER_REPLACED' } });
    expect(await second.restore(stored(0, 10))).toMatchObject({ kind: 'restored', rows: 2 });
    expect(storedOffsets().sort((one, other) => one - other)).toEqual(
      Array.from({ length: 10 }, (_, o) => o),
    );
  });

  it('a checkpoint that moves to another table takes its newest offset along', async () => {
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url, checkpointTables: 2 });
    const first = await owner();
    await first.claim([1, 2].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
    const second = await owner();
    endpoint.oldReadsMs = HOUR_MS;
    expectStored(await first.write(stored(0, 100, 1)));

    // Partition 0 decides the table of the second owner, which is the other one.
    const partitions = [0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 }));
    const moved = () => endpoint.table('INGESTION_CHECKPOINTS').some((each) => each['PARTITION'] === 1);
    const isInFirst = moved();
    await expect(second.claim(partitions)).rejects.toMatchObject({ fault: { class: 'transient' } });
    expect(moved()).toBe(isInFirst);

    endpoint.oldReadsMs = 0;
    expect(await second.claim(partitions)).toMatchObject([{ nextOffset: 0 }, { nextOffset: 100 }]);
    expect(moved()).toBe(!isInFirst);
  });
});
