import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse, RecordingObserver } from '#testing';
import type { BatchLimits } from './batching/batch-buffer.js';
import type { Fault } from './model/fault.js';
import { IngestionPipeline } from './ingestion-pipeline.js';
import { MessageValidator } from './validation/message-validator.js';
import { openTransactionText } from './partitions/open-transactions.js';

const LIMITS: BatchLimits = { minEvents: 1, maxWaitMs: 5, maxEvents: 100, maxBytes: 100_000 };
const STORED = '{"event_type":"CELLAR_VISITED"}';
const FAULT: Fault = {
  class: 'transient',
  code: 'ECONNRESET',
  message: 'the warehouse closed the connection',
  remedy: null,
};

function start(limits: Partial<BatchLimits> = {}) {
  const log = new MemoryLog();
  const warehouse = new MemoryWarehouse();
  const deadLetters = new MemoryDeadLetterTopic();
  const observer = new RecordingObserver();
  const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
  const pipeline = new IngestionPipeline(log, validator, warehouse, deadLetters, observer, {
    ...LIMITS,
    ...limits,
  });
  pipeline.start();
  const assign = async (...partitions: number[]) => {
    log.assign(...partitions);
    await eventually(() => pipeline.status().isReading && !log.isPaused(partitions[0] ?? 0));
  };
  const settled = (partition: number, offset: number) =>
    eventually(() => warehouse.checkpoint(log.topic, partition).nextOffset === offset);
  return { log, warehouse, deadLetters, observer, pipeline, assign, settled };
}

describe('IngestionPipeline', () => {
  it('settles stored, dead-lettered, skipped and missing offsets, so that the ledger adds up', async () => {
    const { log, warehouse, deadLetters, pipeline, assign, settled } = start();
    log.append(0, STORED);
    log.append(0, 'no json');
    log.append(0, null, { gap: 2 });
    log.appendMarkers(0, 1);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 6);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0]);
    expect(warehouse.deadLetters.map(({ message }) => message.offset)).toEqual([1]);
    expect(deadLetters.letters.map(({ message }) => message.value?.toString())).toEqual(['no json']);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({
      stored: 1,
      deadLettered: 1,
      skipped: 1,
      gaps: 3,
    });
    await eventually(() => log.committedOffsets.get('sales_events-0') === 6);
    expect(pipeline.checkpoints()).toEqual([warehouse.checkpoint(log.topic, 0)]);
  });

  it('reports the stored rows of a batch by type, and the times of the oldest and the newest', async () => {
    const { log, observer, pipeline, assign, settled } = start({ minEvents: 7, maxWaitMs: 60_000 });
    log.append(0, STORED, { timestampMs: 500 });
    log.append(0, 'no json', { timestampMs: 1 });
    log.append(0, STORED, { timestampMs: 300 });
    log.append(0, null, { timestampMs: 2 });
    log.append(1, 'no json', { timestampMs: 900 });
    log.append(1, STORED, { timestampMs: 700 });
    log.append(1, STORED, { timestampMs: 600 });
    await assign(0, 1);
    await pipeline.accept(log.fetch(0, 0));
    await pipeline.accept(log.fetch(1, 0));
    await settled(1, 3);
    expect(observer.calls.batchCommitted.map(([{ batch }]) => batch.storedCounts)).toEqual([
      { byLabel: new Map([['other', 4]]), oldestMs: 300, newestMs: 700 },
    ]);
  });

  it('prepares the next batch while one is written, once it is full, and then writes that batch', async () => {
    const { log, warehouse, pipeline, assign, settled } = start({ minEvents: 1, maxEvents: 2 });
    for (let offset = 0; offset < 5; offset += 1) log.append(0, STORED);
    const held = Promise.withResolvers<'write'>();
    warehouse.script.push(() => held.promise);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await eventually(() => warehouse.prepared.length > 0);
    expect(warehouse.prepared).toMatchObject([{ ranges: [{ from: 2, to: 4 }] }]);
    held.resolve('write');
    await settled(0, 5);
    expect(warehouse.batches[1]).toBe(warehouse.prepared[0]);
    expect(warehouse.prepared).toHaveLength(1);
  });

  it('prepares the next batch again and again while it grows, for a warehouse whose rows need no batch', async () => {
    const { log, warehouse, pipeline, assign, settled } = start({ minEvents: 1, maxEvents: 9 });
    warehouse.preparesGrowingEveryMs = 1;
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    const held = Promise.withResolvers<'write'>();
    warehouse.script.push(() => held.promise);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0, { count: 1 }));
    await eventually(() => warehouse.script.length === 0);
    for (const from of [1, 2]) {
      await pipeline.accept(log.fetch(0, from, { count: 1 }));
      await eventually(() => warehouse.prepared.at(-1)?.rows.length === from);
    }
    expect(warehouse.prepared[0]).toMatchObject({ rows: [{}], ranges: [{ from: 1, to: 2 }] });
    held.resolve('write');
    await settled(0, 3);
    expect(warehouse.batches.map(({ ranges }) => ranges)).toMatchObject([
      [{ from: 0, to: 1 }],
      [{ from: 1, to: 3 }],
    ]);
    const { length } = warehouse.prepared;
    log.append(0, STORED);
    await pipeline.accept(log.fetch(0, 3));
    await settled(0, 4);
    expect(warehouse.prepared).toHaveLength(length);
  });

  it('starts at the checkpoint, whatever the group has committed', async () => {
    const { log, warehouse, assign } = start();
    for (let offset = 0; offset < 9; offset += 1) log.append(0, STORED);
    log.committedOffsets.set('sales_events-0', 2);
    await warehouse.claim([{ topic: log.topic, partition: 0, startOffset: 7 }]);
    await assign(0);
    expect(log.position(0)).toBe(7);
  });

  it('commits the checkpoint at the next join if the commit after the last batch failed', async () => {
    const { log, pipeline, assign, settled } = start();
    log.append(0, STORED);
    await assign(0, 1);
    const commit = log.commit.bind(log);
    log.commit = () => Promise.reject(new Error('The coordinator is not aware of this member'));
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 1);
    log.commit = commit;
    await assign(0, 1);
    await eventually(() => log.committedOffsets.get('sales_events-0') === 1);
    expect(log.committedOffsets.get('sales_events-1')).toBe(0);
  });

  it('drops a commit when the generation ends: its partition may belong to another member', async () => {
    const { log, pipeline, assign, settled } = start();
    log.append(0, STORED);
    log.append(0, STORED);
    await assign(0, 1);
    const hangs = Promise.withResolvers<undefined>();
    const commit = log.commit.bind(log);
    log.commit = () => hangs.promise;
    await pipeline.accept(log.fetch(0, 0, { count: 1 }));
    await settled(0, 1);
    await pipeline.accept(log.fetch(0, 1));
    await settled(0, 2);
    log.commit = commit;
    await assign(1);
    hangs.resolve(undefined);
    await pipeline.drain();
    expect(log.committedOffsets.get('sales_events-0')).toBe(0);
  });

  it('starts at the committed offset if the warehouse has no checkpoint', async () => {
    const { log, warehouse, assign } = start();
    for (let offset = 0; offset < 9; offset += 1) log.append(0, STORED);
    log.committedOffsets.set('sales_events-0', 4);
    await assign(0);
    expect(log.position(0)).toBe(4);
    expect(warehouse.checkpoint(log.topic, 0).firstOffset).toBe(4);
  });

  it('publishes dead letters before the warehouse commits, and not again if the warehouse fails', async () => {
    const { log, warehouse, deadLetters, pipeline, assign, settled } = start();
    const seen: number[] = [];
    warehouse.script.push(
      async () => {
        seen.push(deadLetters.letters.length);
        return { kind: 'fault', fault: FAULT };
      },
      async () => 'write',
    );
    log.append(0, 'no json');
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 1);
    expect(seen).toEqual([1]);
    expect(deadLetters.letters).toHaveLength(1);
  });

  it('commits no offset to Kafka before the warehouse has committed', async () => {
    const { log, warehouse, pipeline, assign } = start();
    log.append(0, STORED);
    await assign(0);
    const commit = Promise.withResolvers<'write'>();
    const writing = Promise.withResolvers<undefined>();
    warehouse.script.push(() => {
      writing.resolve(undefined);
      return commit.promise;
    });
    await pipeline.accept(log.fetch(0, 0));
    await writing.promise;
    expect(log.committedOffsets.get('sales_events-0')).toBe(0);
    commit.resolve('write');
    await eventually(() => log.committedOffsets.get('sales_events-0') === 1);
    expect(warehouse.rows).toHaveLength(1);
  });

  it('writes nothing while publishing dead letters fails', async () => {
    const { log, warehouse, deadLetters, observer, pipeline, assign, settled } = start();
    deadLetters.script.push(FAULT);
    log.append(0, 'no json');
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await eventually(() => observer.calls.faulted.length === 1);
    expect(warehouse.batches).toHaveLength(0);
    expect(pipeline.status().fault).toMatchObject({ stage: 'dead_letter', fault: FAULT });
    await settled(0, 1);
    expect(observer.calls.recovered).toHaveLength(1);
    expect(pipeline.status().fault).toBeNull();
  });

  it('turns rows that the warehouse rejects into dead letters with the original bytes and headers', async () => {
    const { log, warehouse, deadLetters, observer, pipeline, assign, settled } = start();
    warehouse.script.push(async () => ({
      kind: 'rejected',
      rows: [{ index: 1, reason: 'not JSON to the warehouse' }],
    }));
    log.append(0, STORED);
    log.append(0, '{"n":"\\ud800"}', { headers: { trace: Buffer.from('a') } });
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 2);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 1, deadLettered: 1 });
    expect(observer.calls.batchCommitted.map(([{ batch }]) => batch.storedCounts)).toEqual([
      { byLabel: new Map([['other', 1]]), oldestMs: 1_750_000_000_000, newestMs: 1_750_000_000_000 },
    ]);
    expect(deadLetters.letters).toEqual([
      expect.objectContaining({
        errorType: 'warehouse_rejected',
        reason: 'not JSON to the warehouse',
        attempt: 1,
      }),
    ]);
    expect(deadLetters.letters[0]?.message).toMatchObject({
      offset: 1,
      value: Buffer.from('{"n":"\\ud800"}'),
      headers: { trace: Buffer.from('a') },
    });
  });

  it('continues at the checkpoint if another owner stored part of the batch, and stores the rest', async () => {
    const { log, warehouse, observer, pipeline, assign, settled } = start({ minEvents: 4 });
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    log.append(1, STORED);
    await assign(0, 1);
    warehouse.script.push(async (batch) => {
      const rows = batch.rows.slice(0, 2);
      const lastTimestampMs = Number(rows.at(-1)?.message.timestampMs);
      const other = batch.ranges
        .filter(({ partition }) => partition === 0)
        .map((range) => ({ ...range, to: 2, stored: 2, lastTimestampMs }));
      warehouse.commit({ ...batch, ranges: other, rows });
      return 'write';
    });
    await pipeline.accept(log.fetch(0, 0));
    await pipeline.accept(log.fetch(1, 0));
    await settled(1, 1);
    expect(log.position(0)).toBe(1);
    await eventually(() => log.committedOffsets.get('sales_events-0') === 2);
    expect(observer.calls.checkpointStale).toEqual([
      [[{ topic: 'sales_events', partition: 0, expected: 3, checkpoint: 2 }]],
    ]);
    await pipeline.accept(log.fetch(0, 1));
    await settled(0, 3);
    expect(
      warehouse.rows.filter(({ message }) => message.partition === 0).map(({ message }) => message.offset),
    ).toEqual([0, 1, 2]);
  });

  it('returns to the checkpoint if the warehouse lost a transaction', async () => {
    const { log, warehouse, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 4; offset += 1) log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0, { count: 2 }));
    await settled(0, 2);
    const lost = warehouse.checkpoint(log.topic, 0);
    warehouse.checkpoints.set('sales_events-0', { ...lost, nextOffset: 0, stored: 0 });
    warehouse.rows.length = 0;
    await pipeline.accept(log.fetch(0, 2));
    await eventually(() => log.position(0) === 0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 4);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0, 1, 2, 3]);
  });

  it('accepts further fetches while one waits for validation, if there is room, and keeps their order', async () => {
    const { log, warehouse, observer, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    log.appendMarkers(0, 2);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0, { count: 2 }));
    expect(log.position(0)).toBe(2);
    expect(observer.calls.validated).toEqual([]);
    // Both follow a fetch that is not validated yet.
    await pipeline.accept(log.fetch(0, 2, { count: 1 }));
    await pipeline.accept(log.fetch(0, 3));
    await settled(0, 5);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0, 1, 2]);
    expect(warehouse.checkpoint(log.topic, 0).gaps).toBe(2);
  });

  it('accepts fetches of several partitions at once as long as the buffer has room for all of them', async () => {
    // The batch is due only when it is full, however slow this process is.
    const limits = { minEvents: 8, maxEvents: 8, maxWaitMs: 60_000 };
    const { log, warehouse, observer, pipeline, assign } = start(limits);
    for (const partition of [0, 1, 2]) {
      for (let offset = 0; offset < 3; offset += 1) log.append(partition, STORED);
    }
    await assign(0, 1, 2);
    await pipeline.accept(log.fetch(0, 0));
    await pipeline.accept(log.fetch(1, 0));
    expect([0, 1].map((partition) => log.position(partition))).toEqual([3, 3]);
    expect(observer.calls.validated).toEqual([]);
    const third = pipeline.accept(log.fetch(2, 0));
    expect(log.position(2)).toBe(0);
    await third;
    expect(log.position(2)).toBe(3);
    await pipeline.drain();
    expect(warehouse.batches.map(({ rows }) => rows.length)).toEqual([8, 1]);
  });

  it('resolves a fetch for which the buffer has no room, in events or bytes, only when it is buffered', async () => {
    const large = JSON.stringify({ event_type: 'CELLAR_VISITED', note: 'x'.repeat(9_000) });
    for (const text of [STORED, large]) {
      const { log, warehouse, pipeline, assign, settled } = start({
        maxEvents: text === large ? 1_000 : 2,
        maxBytes: 20_000,
      });
      const held = Promise.withResolvers<'write'>();
      warehouse.script.push(() => held.promise);
      for (let offset = 0; offset < 12; offset += 1) log.append(0, text);
      await assign(0);
      let isAccepted = false;
      const accepting = pipeline.accept(log.fetch(0, 0)).then(() => {
        isAccepted = true;
      });
      await eventually(() => warehouse.prepared.length > 0);
      expect(isAccepted).toBe(false);
      expect(log.position(0)).toBe(0);
      held.resolve('write');
      await accepting;
      await settled(0, 12);
    }
  });

  it('drops the buffer and late fetches of the previous generation when the group is joined again', async () => {
    const { log, warehouse, pipeline, assign, settled } = start({ minEvents: 100, maxWaitMs: 60_000 });
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0, { count: 2 }));
    const late = log.fetch(0, 2);
    log.assign(0);
    expect(log.isPaused(0)).toBe(true);
    await eventually(() => !log.isPaused(0));
    await pipeline.accept(late);
    expect(log.position(0)).toBe(0);
    await pipeline.accept(log.fetch(0, 0));
    await pipeline.drain();
    await settled(0, 3);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0, 1, 2]);
  });

  it('waits for the batch of the previous generation before it reads the checkpoints', async () => {
    const { log, warehouse, pipeline, assign } = start();
    log.append(0, STORED);
    await assign(0);
    const commit = Promise.withResolvers<'write'>();
    const writing = Promise.withResolvers<undefined>();
    warehouse.script.push(() => {
      writing.resolve(undefined);
      return commit.promise;
    });
    await pipeline.accept(log.fetch(0, 0));
    await writing.promise;
    log.assign(0);
    commit.resolve('write');
    await eventually(() => !log.isPaused(0));
    // One record early: the last settled record shows that the topic is the same.
    expect(log.position(0)).toBe(0);
    expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(1);
    expect(warehouse.rows).toHaveLength(1);
  });

  it('holds a fetch while the buffer is full, sends heartbeats, and loses nothing', async () => {
    const { log, warehouse, pipeline, assign, settled } = start({ maxEvents: 2 });
    for (let offset = 0; offset < 7; offset += 1) log.append(0, STORED);
    await assign(0);
    const open = Promise.withResolvers<'write'>();
    warehouse.script.push(() => open.promise);
    let beats = 0;
    let isAccepted = false;
    const accepting = pipeline
      .accept(log.fetch(0, 0, { heartbeat: async () => void (beats += 1) }))
      .then(() => (isAccepted = true));
    await eventually(() => beats > 0);
    expect(isAccepted).toBe(false);
    open.resolve('write');
    await accepting;
    await settled(0, 7);
    expect(Math.max(...warehouse.batches.map(({ rows }) => rows.length))).toBe(2);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('passes on a rebalance that the heartbeat throws', async () => {
    const { log, warehouse, pipeline, assign } = start({ maxEvents: 1 });
    log.append(0, STORED);
    log.append(0, STORED);
    log.append(0, STORED);
    await assign(0);
    warehouse.script.push(() => new Promise(() => undefined));
    const rebalance = new Error('rebalance in progress');
    const fetched = log.fetch(0, 0, { heartbeat: () => Promise.reject(rebalance) });
    await expect(pipeline.accept(fetched)).rejects.toBe(rebalance);
  });

  it('counts and reports messages that retention deleted before they were read, and continues', async () => {
    const { log, warehouse, observer, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 6; offset += 1) log.append(0, STORED);
    await assign(0);
    log.truncate(0, 4);
    await pipeline.accept(log.fetch(0, 4));
    expect(observer.calls.lost).toEqual([[{ topic: 'sales_events', partition: 0, from: 0, to: 4 }]]);
    expect(log.position(0)).toBe(4);
    await pipeline.accept(log.fetch(0, 4));
    await settled(0, 6);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ lost: 4, stored: 2 });
  });

  it('detects lost messages even if no message is left to fetch', async () => {
    const { log, warehouse, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    await assign(0);
    log.truncate(0, 3);
    await pipeline.observeLogs();
    await settled(0, 3);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ lost: 3 });
  });

  it('holds a partition whose log ends below its checkpoint, and reports why', async () => {
    const { log, warehouse, observer, pipeline } = start();
    log.append(0, STORED);
    log.append(1, STORED);
    await warehouse.claim([{ topic: log.topic, partition: 0, startOffset: 9 }]);
    log.assign(0, 1);
    await eventually(() => !log.isPaused(1));
    expect(log.isPaused(0)).toBe(true);
    expect(pipeline.status().isReading).toBe(false);
    expect(pipeline.status().blocked).toEqual([
      expect.objectContaining({
        code: 'TOPIC_LOST_PAST',
        message:
          'sales_events-0 ends at 1, below the checkpoint 9: the topic was deleted and recreated, or lost data',
      }),
    ]);
    expect(observer.calls.partitionHeld).toEqual([
      [{ topic: 'sales_events', partition: 0 }, pipeline.status().blocked[0]],
    ]);
    // The lag covers the whole log: none of its present records has been read.
    expect(observer.calls.lag.at(-1)).toMatchObject([
      [0, 1].map((partition) => ({ topic: 'sales_events', partition, lag: 1 })),
    ]);
  });

  describe('begins reading at the last settled record', () => {
    const TIME = 1_750_000_000_000;

    async function joinedAgain(prepare: (log: MemoryLog) => void) {
      const started = start();
      const { log, pipeline, assign, settled } = started;
      log.append(0, STORED, { timestampMs: TIME });
      log.append(0, STORED, { timestampMs: TIME + 1 });
      await assign(0);
      await pipeline.accept(log.fetch(0, 0));
      await settled(0, 2);
      prepare(log);
      await assign(0);
      return started;
    }

    it('and stores only the records after it', async () => {
      const { log, warehouse, pipeline, settled } = await joinedAgain((again) => again.append(0, STORED));
      expect(log.position(0)).toBe(1);
      await pipeline.accept(log.fetch(0, 1));
      await settled(0, 3);
      expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0, 1, 2]);
      expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 3, gaps: 0 });
    });

    it('and holds the partition if that record has been replaced', async () => {
      const { log, warehouse, observer, pipeline } = await joinedAgain((again) => {
        again.recreate(0);
        for (const later of [10, 11, 12]) again.append(0, STORED, { timestampMs: TIME + later });
      });
      await pipeline.accept(log.fetch(0, 1));
      expect(pipeline.status().blocked).toEqual([
        {
          class: 'setup',
          code: 'OTHER_TOPIC',
          message:
            'sales_events-0 belongs to another topic of the same name: the record at offset 1 had the time ' +
            '2025-06-15T15:06:40.001Z when it was read, and now has 2025-06-15T15:06:40.011Z',
          remedy:
            'The partition is not read. If the new topic is intended, stop every ingester, run `npm run operator -- ' +
            'checkpoints set --partition 0 --to earliest --yes` (with the image: `operator` and the same arguments) and ' +
            'start them again; otherwise restore the topic',
        },
      ]);
      expect(log.isPaused(0)).toBe(true);
      expect(observer.calls.partitionHeld).toHaveLength(1);
      expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(2);
    });

    it('also if the topic is recreated while it is read, and the client starts over', async () => {
      const { log, pipeline } = await joinedAgain(() => undefined);
      await pipeline.accept(log.fetch(0, 1));
      log.recreate(0);
      for (const later of [10, 11, 12]) log.append(0, STORED, { timestampMs: TIME + later });
      await pipeline.accept(log.fetch(0, 0));
      expect(log.position(0)).toBe(1);
      await pipeline.accept(log.fetch(0, 1));
      expect(pipeline.status().blocked).toEqual([expect.objectContaining({ code: 'OTHER_TOPIC' })]);
    });

    it('also after a failed fetch, during which the topic may have been recreated', async () => {
      const { log, pipeline } = await joinedAgain(() => undefined);
      await pipeline.accept(log.fetch(0, 1));
      expect(log.position(0)).toBe(2);
      log.interrupt();
      expect(log.position(0)).toBe(1);
      await pipeline.accept(log.fetch(0, 1));
      expect(log.position(0)).toBe(2);
      expect(pipeline.status().blocked).toEqual([]);
    });

    it('also after a fetch that was pending at the interruption', async () => {
      const { log, pipeline } = await joinedAgain((again) => {
        again.append(0, STORED);
      });
      await pipeline.accept(log.fetch(0, 1));
      expect(log.position(0)).toBe(3);
      log.append(0, STORED);
      const underWay = log.fetch(0, 3);
      log.interrupt();
      await pipeline.accept(underWay);
      expect(log.position(0)).toBe(3);
      await pipeline.accept(log.fetch(0, 3));
      expect(log.position(0)).toBe(4);
      expect(pipeline.status().blocked).toEqual([]);
    });

    it('and continues if compaction removed that record', async () => {
      const { log, warehouse, pipeline, settled } = await joinedAgain((again) => {
        again.compact(0, 1);
        again.append(0, STORED);
      });
      await pipeline.accept(log.fetch(0, 1));
      await settled(0, 3);
      expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 3, gaps: 0 });
    });

    it('but not if retention removed it', async () => {
      const { log } = await joinedAgain((again) => {
        again.truncate(0, 2);
      });
      expect(log.position(0)).toBe(2);
    });

    it('and skips transaction markers after it', async () => {
      const { log, warehouse, pipeline, settled } = await joinedAgain((again) => {
        again.appendMarkers(0, 2);
      });
      await pipeline.accept(log.fetch(0, 1));
      await settled(0, 4);
      expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 2, gaps: 2, nextOffset: 4 });
    });

    it('and holds the partition if a record other than a message is there', async () => {
      const { log, pipeline } = await joinedAgain((again) => {
        again.recreate(0);
        again.append(0, STORED);
        again.appendMarkers(0, 2, TIME + 11);
      });
      await pipeline.accept(log.fetch(0, 1));
      expect(pipeline.status().blocked).toEqual([expect.objectContaining({ code: 'OTHER_TOPIC' })]);
    });

    it.each([
      ['holds the partition if it has been replaced', 11, ['OTHER_TOPIC']],
      ['continues if it is the same', 2, []],
    ])('also if it is a transaction marker, and %s', async (_, later, codes) => {
      const { log, pipeline, assign, settled } = await joinedAgain((again) => {
        again.appendMarkers(0, 1, TIME + 2);
      });
      await pipeline.accept(log.fetch(0, 1));
      await settled(0, 3);
      log.recreate(0);
      log.append(0, STORED, { timestampMs: TIME });
      log.append(0, STORED, { timestampMs: TIME + 1 });
      log.append(0, STORED, { timestampMs: TIME + later });
      log.append(0, STORED);
      await assign(0);
      expect(log.position(0)).toBe(2);
      await pipeline.accept(log.fetch(0, 2));
      expect(pipeline.status().blocked.map(({ code }) => code)).toEqual(codes);
    });

    it('but not if compaction left no record there', async () => {
      const { log, pipeline, assign, settled } = await joinedAgain((again) => {
        again.appendGap(0, 1);
      });
      await pipeline.accept(log.fetch(0, 1));
      await settled(0, 3);
      await assign(0);
      expect(log.position(0)).toBe(3);
    });

    it('and needs no further message', async () => {
      const { log, warehouse, pipeline } = await joinedAgain(() => undefined);
      await pipeline.accept(log.fetch(0, 1));
      expect(log.position(0)).toBe(2);
      expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 2, gaps: 0, nextOffset: 2 });
    });
  });

  it('reports committed offsets that differ from the checkpoints', async () => {
    const { log, warehouse, observer, assign } = start();
    for (let offset = 0; offset < 9; offset += 1) log.append(0, STORED);
    log.committedOffsets.set('sales_events-0', 2);
    await warehouse.claim([{ topic: log.topic, partition: 0, startOffset: 7 }]);
    await assign(0);
    const behind = [[{ topic: 'sales_events', partition: 0, committed: 2, checkpoint: 7, isOurs: false }]];
    expect(observer.calls.committedOverruled).toEqual([behind]);

    // Behind: a rebalance between a batch and its commit. Ahead: only an operator can have done that.
    log.committedOffsets.set('sales_events-0', 5);
    await assign(0);
    expect(observer.calls.committedOverruled).toEqual([behind]);
    log.committedOffsets.set('sales_events-0', 9);
    log.committedMetadata.clear();
    await assign(0);
    const ahead = [[{ topic: 'sales_events', partition: 0, committed: 9, checkpoint: 7, isOurs: false }]];
    expect(observer.calls.committedOverruled).toEqual([behind, ahead]);
  });

  it('reports how many offsets wait for an open transaction, its producer, and when it has ended', async () => {
    const { log, observer, pipeline, assign, settled } = start();
    log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 1);
    const producer = { producerId: '4001', lastWriteMs: 1_750_000_000_000 };
    log.openTransaction(0, producer);
    log.append(0, STORED);
    log.append(0, STORED);

    await pipeline.observeLogs();
    expect(observer.calls.lag.at(-1)).toMatchObject([[{ topic: 'sales_events', partition: 0, lag: 2 }]]);
    // Not reported when first seen: most transactions end soon.
    expect(pipeline.openTransactions()).toEqual([]);
    await pipeline.observeLogs();
    const [open, ...others] = pipeline.openTransactions();
    expect(open).toMatchObject({ partition: 0, firstOffset: 1, waiting: 2, producer });
    expect(others).toEqual([]);
    expect(open && openTransactionText(open)).toMatch(
      /^an open transaction of producer 4001 has held sales_events-0 at offset 1 since 20.*Z: 2 offsets/,
    );
    expect(pipeline.status()).toMatchObject({ isReading: true, blocked: [] });

    log.commitTransaction(0);
    await pipeline.observeLogs();
    expect(pipeline.openTransactions()).toEqual([]);
    await pipeline.accept(log.fetch(0, 1));
    await settled(0, 4);
  });

  it('accepts a checkpoint beyond the start of an open transaction', async () => {
    const { log, warehouse, observer, pipeline, assign } = start();
    log.openTransaction(0, { producerId: '4001', lastWriteMs: 0 });
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    await warehouse.claim([{ topic: log.topic, partition: 0, startOffset: 2 }]);
    await assign(0);
    await pipeline.observeLogs();
    expect(observer.calls.partitionHeld).toEqual([]);
    expect(log.position(0)).toBe(2);
  });

  it('skips control records at the end of the log, so that the lag reaches 0', async () => {
    const { log, observer, pipeline, assign, settled } = start();
    log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    log.appendMarkers(0, 2);
    await pipeline.accept(log.fetch(0, 1));
    await settled(0, 3);
    await pipeline.observeLogs();
    expect(observer.calls.lag.at(-1)).toMatchObject([[{ topic: 'sales_events', partition: 0, lag: 0 }]]);
  });

  it('dates the lag by the time when the end of the log was read', async () => {
    const { log, pipeline, assign, settled } = start();
    log.append(0, STORED);
    await assign(0);
    const seenAt = () => pipeline.lags()[0]?.seenAt ?? NaN;
    const placedAt = seenAt();
    await pipeline.accept(log.fetch(0, 0));
    const fetchedAt = seenAt();
    expect(fetchedAt).toBeGreaterThan(placedAt);
    // Settling a message does not read the end of the log.
    await settled(0, 1);
    expect(seenAt()).toBe(fetchedAt);
    await pipeline.observeLogs();
    expect(seenAt()).toBeGreaterThan(fetchedAt);
  });

  it('knows the time of the oldest message that is not settled, whatever becomes of it', async () => {
    const { log, warehouse, pipeline, assign, settled } = start({ minEvents: 2 });
    log.append(0, 'no json', { timestampMs: 300 });
    log.append(0, STORED, { timestampMs: 500 });
    log.append(0, STORED, { timestampMs: 400 });
    const written = Promise.withResolvers<'write'>();
    warehouse.script.push(() => written.promise);
    await assign(0);
    const oldest = () => pipeline.lags()[0]?.oldestMs;
    expect(oldest()).toBeNull();
    await pipeline.accept(log.fetch(0, 0, { count: 2 }));
    await eventually(() => oldest() === 300);
    await pipeline.accept(log.fetch(0, 2));
    written.resolve('write');
    await settled(0, 3);
    await eventually(() => oldest() === null);
  });

  it('skips a compacted gap and the control records after it', async () => {
    const { log, warehouse, pipeline, assign, settled } = start();
    log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 1);
    log.appendGap(0, 3);
    log.appendMarkers(0, 1);
    await pipeline.accept(log.fetch(0, 1));
    await settled(0, 5);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 1, gaps: 4 });
  });

  it('drains: stores the buffer, commits its offsets, and accepts no more fetches', async () => {
    const { log, warehouse, pipeline, assign } = start({ minEvents: 100, maxWaitMs: 60_000 });
    log.append(0, STORED);
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    expect(warehouse.rows).toHaveLength(0);
    await pipeline.drain();
    expect(warehouse.rows).toHaveLength(1);
    expect(log.committedOffsets.get('sales_events-0')).toBe(1);
    expect(log.isPaused(0)).toBe(true);
    log.append(0, STORED);
    await pipeline.accept(log.fetch(0, 1));
    expect(warehouse.rows).toHaveLength(1);
  });

  it('continues the count of attempts of a redriven message', async () => {
    const { log, deadLetters, pipeline, assign, settled } = start();
    log.append(0, 'no json', { headers: { 'dlq.attempt': Buffer.from('2') } });
    log.append(0, 'no json', { headers: { 'dlq.attempt': Buffer.from('many') } });
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 2);
    expect(deadLetters.letters.map(({ attempt }) => attempt)).toEqual([3, 1]);
  });

  it('holds a partition at unreadable records, stores those before them, and reads the other partitions', async () => {
    const { log, warehouse, observer, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 6; offset += 1) log.append(0, STORED);
    log.append(1, STORED);
    await assign(0, 1);
    const fault: Fault = { ...FAULT, class: 'setup', code: 'RECORD_BATCH_CORRUPT' };
    // Compaction removed offset 2.
    const undecodable = { first: 3, last: 4, fault, isCorrupt: false };
    await pipeline.accept(log.fetch(0, 0, { count: 2, undecodable }));
    await pipeline.accept(log.fetch(0, 3, { count: 0, undecodable }));
    await settled(0, 3);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 2, gaps: 1 });
    expect(observer.calls.partitionHeld.map(([{ partition }, why]) => [partition, why])).toEqual([
      [0, fault],
    ]);
    expect(log.isPaused(0)).toBe(true);
    expect(log.isPaused(1)).toBe(false);
    await pipeline.accept(log.fetch(1, 0));
    await settled(1, 1);
    expect(pipeline.status().blocked).toEqual([fault]);
  });

  it('fetches corrupt records once more before it holds their partition', async () => {
    const { log, observer, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 6; offset += 1) log.append(0, STORED);
    await assign(0);
    const corrupt = { first: 2, last: 2, fault: FAULT, isCorrupt: true };
    await pipeline.accept(log.fetch(0, 0, { count: 2, undecodable: corrupt }));
    await settled(0, 2);
    expect(observer.calls.partitionHeld).toEqual([]);
    await pipeline.accept(log.fetch(0, 2, { count: 2 }));
    await settled(0, 4);

    const again = { ...corrupt, first: 4, last: 4 };
    await pipeline.accept(log.fetch(0, 4, { count: 0, undecodable: again }));
    expect(log.isPaused(0)).toBe(false);
    await pipeline.accept(log.fetch(0, 4, { count: 0, undecodable: again }));
    await eventually(() => observer.calls.partitionHeld.length === 1);
    expect(log.isPaused(0)).toBe(true);
  });

  it('holds a partition whose next offset cannot be read, and retries after the next assignment', async () => {
    const { log, pipeline, assign, settled } = start();
    for (let offset = 0; offset < 3; offset += 1) log.append(0, STORED);
    await assign(0);
    const undecodable = { first: 0, last: 0, fault: FAULT, isCorrupt: false };
    await pipeline.accept(log.fetch(0, 0, { count: 0, undecodable }));
    await eventually(() => pipeline.status().blocked.length === 1);
    await pipeline.accept(log.fetch(0, 0));
    await assign(0);
    await pipeline.accept(log.fetch(0, 0));
    await settled(0, 3);
  });
});
