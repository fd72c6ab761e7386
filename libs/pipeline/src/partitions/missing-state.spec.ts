import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse, RecordingObserver } from '#testing';
import { NO_DEAD_LETTER_LIMIT } from '../writing/dead-letter-limit.js';
import { IngestionPipeline } from '../ingestion-pipeline.js';
import { MessageValidator } from '../validation/message-validator.js';
import type { MissingCheckpoints } from './missing-state.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const LIMITS = { minEvents: 1, maxWaitMs: 5, maxEvents: 100, maxBytes: 100_000 };

function start(
  log: MemoryLog,
  warehouse: MemoryWarehouse,
  partitions = [0],
  missingCheckpoints: MissingCheckpoints = 'hold',
) {
  const observer = new RecordingObserver();
  const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
  const pipeline = new IngestionPipeline(
    log,
    validator,
    warehouse,
    new MemoryDeadLetterTopic(),
    observer,
    LIMITS,
    NO_DEAD_LETTER_LIMIT,
    missingCheckpoints,
  );
  pipeline.start();
  log.assign(...partitions);
  const isPlaced = () => pipeline.status().isReading || pipeline.status().blocked.length > 0;
  return { observer, pipeline, placed: () => eventually(isPlaced) };
}

/** Settles `count` records in the warehouse and in the group. */
async function settled(log: MemoryLog, warehouse: MemoryWarehouse, count: number): Promise<void> {
  for (let added = 0; added < count; added++) log.append(0, STORED);
  const { pipeline, placed } = start(log, warehouse);
  await placed();
  await pipeline.accept(log.fetch(0, warehouse.checkpoint(log.topic, 0).nextOffset));
  await pipeline.drain();
}

describe('PartitionPositions, if checkpoints or committed offsets are missing,', () => {
  let log: MemoryLog;
  let warehouse: MemoryWarehouse;
  beforeEach(() => {
    log = new MemoryLog();
    warehouse = new MemoryWarehouse();
  });

  const held = (code: string, message: RegExp, remedy: RegExp) => [
    {
      class: 'setup',
      code,
      message: expect.stringMatching(message) as string,
      remedy: expect.stringMatching(remedy) as string,
    },
  ];

  it('commits the start position on assignment, so that the lag of an idle partition is known', async () => {
    log.append(0, STORED);
    log.truncate(0, 1);
    await start(log, warehouse, [0, 1]).placed();
    await eventually(() => log.committedOffsets.size === 2);
    expect([...log.committedOffsets.values()]).toEqual([1, 0]);
    expect(JSON.parse(log.committedMetadata.get('sales_events-0') ?? '')).toEqual({
      service: 'caves-albert-ingestion',
      warehouse: 'memory',
      first: 1,
    });
  });

  it('holds a partition whose settled records are missing, and reads the others', async () => {
    await settled(log, warehouse, 3);
    log.append(0, STORED);
    const empty = Object.assign(new MemoryWarehouse(), { name: 'another' });
    const { pipeline, observer, placed } = start(log, empty, [0, 1]);
    await placed();
    expect(pipeline.status().blocked).toEqual(
      held(
        'NO_CHECKPOINT',
        /sales_events-0: the warehouse \(another\) has no checkpoint.*offsets 0 to 2 in another warehouse \(memory\)/,
        /MISSING_CHECKPOINTS=from-start.*from offset 0.*MISSING_CHECKPOINTS=accept-gap continues at 3/,
      ),
    );
    expect(observer.calls.partitionHeld).toHaveLength(1);
    expect([log.isPaused(0), log.isPaused(1)]).toEqual([true, false]);
    expect(pipeline.lags()).toMatchObject([
      { topic: log.topic, partition: 0, lag: 4 },
      { topic: log.topic, partition: 1, lag: 0 },
    ]);
    await pipeline.drain();
    expect(log.committedOffsets.get('sales_events-0')).toBe(3);
    expect([...empty.checkpoints.keys()]).toEqual(['sales_events-1']);
  });

  it.each([
    ['from-start', 0],
    ['accept-gap', 3],
  ] as const)('reads the partition with %s, and needs no setting afterwards', async (choice, offset) => {
    await settled(log, warehouse, 3);
    const empty = new MemoryWarehouse();
    const { pipeline, placed } = start(log, empty, [0], choice);
    await placed();
    expect(log.position(0)).toBe(offset);
    await pipeline.drain();
    expect(log.committedOffsets.get('sales_events-0')).toBe(offset);
    const again = start(log, empty);
    await again.placed();
    expect(again.pipeline.status().blocked).toEqual([]);
    expect(log.position(0)).toBe(offset);
  });

  it('reads on if nothing was settled, or the table has the record before the committed offset', async () => {
    await start(log, warehouse).placed();
    await eventually(() => log.committedOffsets.size === 1);
    const fresh = start(log, new MemoryWarehouse());
    await fresh.placed();
    expect(fresh.pipeline.status().blocked).toEqual([]);

    await settled(log, warehouse, 3);
    warehouse.checkpoints.clear();
    const again = start(log, warehouse);
    await again.placed();
    expect(again.pipeline.status().blocked).toEqual([]);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ firstOffset: 3, nextOffset: 3 });
  });

  it('reads records again that a restored backup lacks and the log still has, and reports it', async () => {
    await settled(log, warehouse, 2);
    const backup = structuredClone([...warehouse.checkpoints]);
    await settled(log, warehouse, 3);
    warehouse.checkpoints.clear();
    for (const [name, checkpoint] of backup) warehouse.checkpoints.set(name, checkpoint);

    const { observer, pipeline, placed } = start(log, warehouse);
    await placed();
    expect(pipeline.status().blocked).toEqual([]);
    expect(observer.calls.committedOverruled).toEqual([
      [[{ topic: log.topic, partition: 0, committed: 5, checkpoint: 2, isOurs: true }]],
    ]);
    await pipeline.drain();
    expect(log.committedOffsets.get('sales_events-0')).toBe(2);
  });

  it('holds the partition if the log no longer has the records after the backup', async () => {
    await settled(log, warehouse, 2);
    const backup = structuredClone([...warehouse.checkpoints]);
    await settled(log, warehouse, 3);
    warehouse.checkpoints.clear();
    for (const [name, checkpoint] of backup) warehouse.checkpoints.set(name, checkpoint);
    log.truncate(0, 4);

    const { pipeline, placed } = start(log, warehouse);
    await placed();
    expect(pipeline.status().blocked).toEqual(
      held(
        'WAREHOUSE_SET_BACK',
        /checkpoint 2 is below 5.*deleted offsets 2 to 3/,
        /newer backup.*accept-gap/,
      ),
    );
    const accepted = start(log, warehouse, [0], 'accept-gap');
    await accepted.placed();
    expect(accepted.observer.calls.lost).toHaveLength(1);
  });

  it('holds the partition if two warehouses were written in turn', async () => {
    const other = Object.assign(new MemoryWarehouse(), { name: 'another' });
    await settled(log, warehouse, 2);
    await other.claim([{ topic: log.topic, partition: 0, startOffset: 2 }]);
    await settled(log, other, 3);

    const { pipeline, placed } = start(log, warehouse);
    await placed();
    expect(pipeline.status().blocked).toEqual(
      held('OTHER_WAREHOUSE', /up to 4 in another warehouse \(another\).*\(memory\) is 2/, /--to 2 --yes/),
    );
  });

  it('holds the partition if somebody else stored events beyond the checkpoint', async () => {
    await settled(log, warehouse, 2);
    const checkpoint = warehouse.checkpoint(log.topic, 0);
    await settled(log, warehouse, 3);
    warehouse.checkpoints.set('sales_events-0', checkpoint);
    log.committedMetadata.clear();

    const { pipeline, placed } = start(log, warehouse);
    await placed();
    expect(pipeline.status().blocked).toEqual(
      held('OTHER_COMMITTER', /committed 5 for this group, beyond the checkpoint 2/, /--to 5 --yes.*--to 2/),
    );

    // An offset that was only reset has no rows.
    warehouse.rows.splice(2);
    const reset = start(log, warehouse);
    await reset.placed();
    expect(reset.pipeline.status().blocked).toEqual([]);
    expect(reset.observer.calls.committedOverruled).toMatchObject([
      [[{ committed: 5, checkpoint: 2, isOurs: false }]],
    ]);
  });

  it('starts at offsets that somebody else committed if there is no checkpoint', async () => {
    log.append(0, STORED);
    log.append(0, STORED);
    log.committedOffsets.set('sales_events-0', 1);
    await start(log, warehouse).placed();
    expect(log.position(0)).toBe(1);
  });
});
