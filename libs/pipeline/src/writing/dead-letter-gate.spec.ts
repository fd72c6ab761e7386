import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse, RecordingObserver } from '#testing';
import { IngestionPipeline } from '../ingestion-pipeline.js';
import { MessageValidator } from '../validation/message-validator.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const BAD = 'no json';
const MAX_RUN = 4;

let pipeline: IngestionPipeline;
afterEach(() => pipeline.drain());

function start() {
  const log = new MemoryLog();
  const warehouse = new MemoryWarehouse();
  const letters = new MemoryDeadLetterTopic();
  const observer = new RecordingObserver();
  const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
  const limits = { minEvents: 2, maxWaitMs: 60_000, maxEvents: 2, maxBytes: 100_000 };
  pipeline = new IngestionPipeline(log, validator, warehouse, letters, observer, limits, {
    maxRatio: 0,
    ratioWindowEvents: 1,
    maxRun: MAX_RUN,
  });
  pipeline.start();
  const assign = async () => {
    log.assign(0);
    await eventually(() => pipeline.status().isReading && !log.isPaused(0));
  };
  const isHeld = () => eventually(() => pipeline.status().heldDeadLetters !== null);
  const settled = (offset: number) =>
    eventually(() => warehouse.checkpoint(log.topic, 0).nextOffset === offset);
  return { log, warehouse, letters, observer, assign, isHeld, settled };
}

describe('the dead-letter limit in the pipeline', () => {
  it('holds a batch that would exceed it: nothing is dead-lettered, stored or committed, and heartbeats go on', async () => {
    const { log, warehouse, letters, observer, assign, isHeld } = start();
    for (let offset = 0; offset < 20; offset += 1) log.append(0, BAD);
    await assign();
    let beats = 0;
    void pipeline.accept(log.fetch(0, 0, { heartbeat: async () => void (beats += 1) }));
    await isHeld();
    const beatsBefore = beats;
    await eventually(() => beats > beatsBefore);
    expect(letters.letters).toHaveLength(MAX_RUN);
    expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(MAX_RUN);
    expect(pipeline.status().heldDeadLetters).toMatch(/6 dead letters in a row \(DLQ_MAX_RUN=4\).*SIGUSR2/);
    expect(observer.calls.deadLettersHeld).toEqual([[pipeline.status().heldDeadLetters]]);
    // This is neither a fault of the warehouse nor a write that hangs.
    expect(pipeline.status()).toMatchObject({ fault: null, writerBusyMs: 0 });
  });

  it('does not count the time that it holds a batch in the duration of the batch', async () => {
    const { log, observer, assign, isHeld, settled } = start();
    for (let offset = 0; offset < MAX_RUN + 2; offset += 1) log.append(0, BAD);
    await assign();
    const startedAt = performance.now();
    void pipeline.accept(log.fetch(0, 0));
    await isHeld();
    const heldAt = performance.now();
    await eventually(() => performance.now() - heldAt > 50);
    const heldMs = performance.now() - heldAt;
    pipeline.liftDeadLetterLimit();
    await settled(MAX_RUN + 2);
    const [committed] = observer.calls.batchCommitted.at(-1) ?? [];
    expect(committed?.heldSeconds).toBeGreaterThanOrEqual(heldMs / 1000);
    expect(committed?.totalSeconds).toBeLessThanOrEqual((performance.now() - startedAt - heldMs) / 1000);
  });

  it('restores the ratio when a held batch is dropped', async () => {
    const { log, observer, assign, isHeld } = start();
    for (const value of [STORED, STORED, ...Array<string>(MAX_RUN + 2).fill(BAD)]) log.append(0, value);
    await assign();
    void pipeline.accept(log.fetch(0, 0, { count: 2 }));
    await eventually(() => observer.calls.deadLetterRatio.length > 0);
    void pipeline.accept(log.fetch(0, 2));
    await isHeld();
    const settledRatio = observer.calls.deadLetterRatio.at(-2);
    log.assign(0);
    await eventually(() => observer.calls.deadLettersFreed.length === 1);
    expect(observer.calls.deadLetterRatio.at(-1)).toEqual(settledRatio);
  });

  it('lets everything pass once lifted, until the traffic is good again, and then holds again', async () => {
    const { log, warehouse, letters, observer, assign, isHeld, settled } = start();
    for (const value of [...Array<string>(12).fill(BAD), STORED, STORED]) log.append(0, value);
    await assign();
    const accepting = pipeline.accept(log.fetch(0, 0));
    await isHeld();
    expect(pipeline.liftDeadLetterLimit()).toBe(true);
    await accepting;
    await settled(14);
    expect(letters.letters.map(({ message }) => message.offset)).toEqual([...Array(12).keys()]);
    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([12, 13]);
    expect(observer.calls.deadLettersFreed).toEqual([['lifted']]);
    expect(pipeline.liftDeadLetterLimit()).toBe(false);

    for (let count = 0; count < 6; count += 1) log.append(0, BAD);
    void pipeline.accept(log.fetch(0, 14));
    await isHeld();
    expect(letters.letters).toHaveLength(12 + MAX_RUN);
  });

  it('drops the held batch when the group is joined again, and holds it again if it is read again', async () => {
    const { log, letters, observer, assign, isHeld } = start();
    for (let offset = 0; offset < 8; offset += 1) log.append(0, BAD);
    await assign();
    void pipeline.accept(log.fetch(0, 0));
    await isHeld();
    await assign();
    expect(log.position(0)).toBe(MAX_RUN - 1);
    expect(pipeline.status().heldDeadLetters).toBeNull();
    void pipeline.accept(log.fetch(0, MAX_RUN));
    await isHeld();
    expect(letters.letters).toHaveLength(MAX_RUN);
    expect(observer.calls.deadLettersFreed).toEqual([['let-go']]);
  });

  it('does not keep the service from stopping: the held batch and everything after it is dropped', async () => {
    const { log, warehouse, letters, assign, isHeld } = start();
    for (const value of [...Array<string>(6).fill(BAD), STORED, BAD]) log.append(0, value);
    await assign();
    const accepting = pipeline.accept(log.fetch(0, 0));
    await isHeld();
    await pipeline.drain();
    await accepting;
    expect(letters.letters).toHaveLength(MAX_RUN);
    expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(MAX_RUN);
    expect(log.committedOffsets.get('sales_events-0')).toBe(MAX_RUN);
  });

  it('dead-letters nothing of a fetch that is validated while the service stops', async () => {
    const { log, warehouse, letters, observer, assign } = start();
    for (const value of [...Array<string>(6).fill(BAD), STORED, BAD]) log.append(0, value);
    const drained = Promise.withResolvers<void>();
    // Drains when there is room for the next messages, but before their validation, which yields first.
    const deadLettersHeld = () => {
      process.nextTick(() => {
        drained.resolve(pipeline.drain());
      });
    };
    Object.assign(observer, { deadLettersHeld });
    await assign();
    const accepting = pipeline.accept(log.fetch(0, 0));
    await drained.promise;
    await accepting;
    expect(letters.letters).toHaveLength(MAX_RUN);
    expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(MAX_RUN);
  });

  it('counts rows that the warehouse rejects', async () => {
    const { log, warehouse, letters, assign, isHeld } = start();
    for (let offset = 0; offset < 8; offset += 1) log.append(0, STORED);
    for (let batch = 0; batch < 3; batch += 1) {
      warehouse.script.push(
        async ({ rows }) => ({ kind: 'rejected', rows: rows.map((_, index) => ({ index, reason: 'odd' })) }),
        async () => 'write',
      );
    }
    await assign();
    void pipeline.accept(log.fetch(0, 0));
    await isHeld();
    expect(letters.letters).toHaveLength(MAX_RUN);
    expect(warehouse.rows).toHaveLength(0);
  });
});
