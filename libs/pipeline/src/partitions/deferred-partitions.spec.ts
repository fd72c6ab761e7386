import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse, RecordingObserver } from '#testing';
import { IngestionPipeline } from '../ingestion-pipeline.js';
import type { Fault } from '../model/fault.js';
import type { Checkpoint } from '../ports/event-repository.js';
import { MessageValidator } from '../validation/message-validator.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const FENCED: Fault = { class: 'transient', code: 'FENCED', message: 'another owner', remedy: null };
const ONLY_AN_ASSIGNMENT_ENDS_IT = 3_600_000;

let log: MemoryLog;
let warehouse: MemoryWarehouse;
let pipeline: IngestionPipeline;

beforeEach(async () => {
  log = new MemoryLog();
  warehouse = new MemoryWarehouse();
  pipeline = new IngestionPipeline(
    log,
    new MessageValidator(new EventValidator({ maxBytes: 10_000 })),
    warehouse,
    new MemoryDeadLetterTopic(),
    new RecordingObserver(),
    { minEvents: 2, maxWaitMs: 5, maxEvents: 100, maxBytes: 100_000 },
  );
  pipeline.start();
  for (const partition of [0, 1]) log.append(partition, STORED);
  await assign();
});

async function assign(): Promise<void> {
  log.assign(0, 1);
  await eventually(() => pipeline.status().isReading && !log.isPaused(0) && !log.isPaused(1));
}

/** Writes a batch of both partitions, of which the warehouse defers the first. */
async function writeDeferred(waitMs: number): Promise<void> {
  const checkpoint: Checkpoint = warehouse.checkpoint(log.topic, 0);
  warehouse.script.push(async () => ({
    kind: 'deferred',
    partitions: [{ checkpoint, fault: FENCED, waitMs }],
  }));
  await pipeline.accept(log.fetch(0, 0));
  await pipeline.accept(log.fetch(1, 0));
  await eventually(() => warehouse.checkpoint(log.topic, 1).nextOffset === 1);
}

it('waits alone: the other partitions of the batch are stored, and it says why it waits', async () => {
  await writeDeferred(ONLY_AN_ASSIGNMENT_ENDS_IT);
  expect(warehouse.checkpoint(log.topic, 0).nextOffset).toBe(0);
  expect(pipeline.status()).toMatchObject({ isReading: false, blocked: [FENCED], fault: null });
  expect([log.isPaused(0), log.isPaused(1)]).toEqual([true, false]);

  log.append(1, STORED);
  await pipeline.accept(log.fetch(1, 1));
  await eventually(() => warehouse.checkpoint(log.topic, 1).nextOffset === 2);
});

it('takes nothing that was fetched before, and continues at the checkpoint afterwards', async () => {
  await writeDeferred(1);
  await eventually(() => pipeline.status().isReading && !log.isPaused(0));
  expect(pipeline.status().blocked).toEqual([]);
  expect(log.position(0)).toBe(0);
  await pipeline.accept(log.fetch(0, 0));
  await eventually(() => warehouse.checkpoint(log.topic, 0).nextOffset === 1);
  expect(warehouse.rows.map(({ message }) => message.partition)).toEqual([1, 0]);
});

it('starts at once when it is assigned again', async () => {
  await writeDeferred(ONLY_AN_ASSIGNMENT_ENDS_IT);
  await assign();
  await pipeline.accept(log.fetch(0, 0));
  await eventually(() => warehouse.checkpoint(log.topic, 0).nextOffset === 1);
});

it('does not keep a drain waiting', async () => {
  await writeDeferred(ONLY_AN_ASSIGNMENT_ENDS_IT);
  await pipeline.drain();
  expect(log.isPaused(0)).toBe(true);
});
