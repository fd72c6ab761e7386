import type { EventRepository } from '#pipeline';
import { SnowflakeEndpoint } from '#testing';
import { stored } from '../../libs/warehouse/src/contract/batches.js';
import { SnowflakeWarehouse } from '../../libs/warehouse/src/contract/snowflake-warehouse.js';

/**
 * Somebody else ends the transaction: an administrator, another pod that waited for its lock, or Snowflake, after five
 * minutes of silence. The session is not told, and goes on.
 */
describe('a transaction that somebody else ends', () => {
  let endpoint: SnowflakeEndpoint;
  let repository: EventRepository;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    repository = warehouse.repository('ingestion');
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
  });

  afterEach(async () => {
    await repository.close();
    expect(endpoint.journal.unknown).toEqual([]);
    await endpoint.close();
  });

  /** Ends the transaction after the statement before this one was answered, and before this one begins. */
  function endBefore(on: string, occurrence = 1): void {
    const pause = endpoint.addFault({ on, occurrence, kind: 'delay', ms: 20, point: 'before' });
    void pause.happened.then(() => {
      endpoint.abortTransactions();
    });
  }

  const offsets = () =>
    endpoint.table('RAW_EVENTS_STREAM').map((row) => (row['EVENT_METADATA'] as { offset: number }).offset);

  const checkpoint = () =>
    endpoint.table('INGESTION_CHECKPOINTS').find((row) => row['CONSUMER_GROUP'] === 'ingestion');

  it.each([
    ['the insert of events', 'insert RAW_EVENTS_STREAM', 1],
    ['taking the lock', 'update INGESTION_CHECKPOINTS', 1],
    ['the compare-and-set', 'update INGESTION_CHECKPOINTS', 2],
  ])('before %s leaves nothing behind, and the next try stores all', async (_what, on, occurrence) => {
    endBefore(on, occurrence);
    const lost = await repository.write(stored(0, 5));
    expect(lost).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
    expect(offsets()).toEqual([]);
    expect(checkpoint()).toMatchObject({ NEXT_OFFSET: 0, STORED: 0 });

    expect(await repository.write(stored(0, 5))).toMatchObject({ kind: 'stored' });
    expect(offsets()).toEqual([0, 1, 2, 3, 4]);
    expect(checkpoint()).toMatchObject({ NEXT_OFFSET: 5, STORED: 5 });
  });

  it('before the COMMIT is noticed, at the latest by the batch that follows', async () => {
    endBefore('commit');
    const lost = await repository.write(stored(0, 5));
    expect(offsets()).toEqual([]);

    // COMMIT without a transaction succeeds: the checkpoint alone tells that nothing was committed.
    const next = lost.kind === 'stored' ? await repository.write(stored(5, 10)) : lost;
    if (lost.kind === 'stored') {
      expect(next).toMatchObject({ kind: 'stale', checkpoints: [{ partition: 0, nextOffset: 0 }] });
    }
    expect(await repository.write(stored(0, 10))).toMatchObject({ kind: 'stored' });
    expect(offsets()).toEqual(Array.from({ length: 10 }, (_, offset) => offset));
  });
});
