import { EventValidator } from '#events';
import { IngestionPipeline, MessageValidator, type EventRepository } from '#pipeline';
import { eventually, MemoryDeadLetterTopic, MemoryLog, RecordingObserver } from '#testing';
import { GROUP, parsed, StreamingWarehouse } from '#testing/warehouse-contract';
import { RAW_EVENTS_STREAM } from '#warehouse';

/*
 * What the vendor's connector got wrong in public: https://github.com/snowflakedb/snowflake-kafka-connector/issues/1538
 * (a quiet topic: one record, SUCCESS, then nothing), and 1497 with 1476 (rows that were accepted and never committed).
 */

const EVENT = '{"event_type":"CELLAR_VISITED"}';
const LONGEST_MS = 120_000;

let log: MemoryLog;
let warehouse: StreamingWarehouse;
let repository: EventRepository;
let pipeline: IngestionPipeline;
let observer: RecordingObserver;

async function start(requestTimeoutMs: number): Promise<void> {
  log = new MemoryLog();
  observer = new RecordingObserver();
  warehouse = await StreamingWarehouse.startStreaming();
  repository = warehouse.repository(GROUP, { requestTimeoutMs });
  expect(await repository.open()).toEqual([]);
  pipeline = new IngestionPipeline(
    log,
    new MessageValidator(new EventValidator({ maxBytes: 10_000 })),
    repository,
    new MemoryDeadLetterTopic(),
    observer,
    { minEvents: 1, maxWaitMs: 1, maxEvents: 1_000, maxBytes: 10_000_000 },
  );
  pipeline.start();
}

afterEach(async () => {
  await pipeline.drain();
  await repository.close();
  await warehouse.close();
});

/** Reads the partition from its first offset, which must exist. */
async function assign(): Promise<void> {
  log.assign(0);
  await until(() => pipeline.status().isReading && !log.isPaused(0));
}

/** Only what is appended now is fetched: nothing else arrives. */
async function arrive(count: number): Promise<void> {
  const from = log.append(0, EVENT);
  for (let more = 1; more < count; more++) log.append(0, EVENT);
  await until(() => log.position(0) === from);
  await pipeline.accept(log.fetch(0, from));
}

const until = (isTrue: () => boolean | Promise<boolean>) => eventually(isTrue, { timeoutMs: LONGEST_MS });

const settledTo = (offset: number) =>
  until(() => pipeline.checkpoints().some(({ nextOffset }) => nextOffset === offset));

async function storedOffsets(): Promise<number[]> {
  const rows = await warehouse.rows(RAW_EVENTS_STREAM);
  const offsets = rows.map((row) => (parsed(row['EVENT_METADATA']) as { offset: number }).offset);
  return offsets.sort((one, other) => one - other);
}

const upTo = (end: number) => Array.from({ length: end }, (_, offset) => offset);

describe('a quiet topic (1538)', () => {
  it('has every record stored, one at a time, though tokens expire and channels are invalidated in between', async () => {
    await start(30_000);
    log.append(0, EVENT);
    await assign();
    await pipeline.accept(log.fetch(0, 0));
    await settledTo(1);
    for (let offset = 1; offset < 5; offset++) {
      warehouse.endpoint.expireStreamingTokens();
      if (offset % 2 === 0) warehouse.endpoint.streaming.invalidate();
      await arrive(1);
      await settledTo(offset + 1);
    }
    expect(await storedOffsets()).toEqual(upTo(5));
  });

  it('is not silent if the committed token stands still after the first record, and continues when it moves', async () => {
    await start(5_000);
    log.append(0, EVENT);
    await assign();
    await pipeline.accept(log.fetch(0, 0));
    await settledTo(1);

    warehouse.endpoint.streaming.commitDelayMs = Infinity;
    await arrive(1);
    await until(() => observer.calls.faulted.some(([, { code }]) => code === 'NOT_COMMITTED'));
    expect(warehouse.endpoint.streaming.channels.map(({ statusCode }) => statusCode)).not.toContain('ERROR');
    expect(pipeline.checkpoints()).toMatchObject([{ nextOffset: 1 }]);
    expect(log.committedOffsets.get('sales_events-0')).toBe(1);

    warehouse.endpoint.streaming.commitDelayMs = 5;
    await settledTo(2);
    expect(await storedOffsets()).toEqual([0, 1]);
  });
});

describe('rows that were accepted just before the topic falls silent (1497, 1476)', () => {
  it('are sent again without another event, if their channel is invalidated before they are committed', async () => {
    await start(30_000);
    // One batch, so that no append of another one shows the loss.
    const records = 1_000;
    for (let offset = 0; offset < records; offset++) log.append(0, EVENT);
    await assign();
    warehouse.endpoint.streaming.commitDelayMs = Infinity;
    await pipeline.accept(log.fetch(0, 0));
    const pending = () =>
      warehouse.endpoint.streaming.channels
        .filter(({ table }) => table === RAW_EVENTS_STREAM.name)
        .reduce((sum, { pendingRows }) => sum + pendingRows, 0);
    await until(() => pending() > 0);
    warehouse.endpoint.streaming.invalidate();
    warehouse.endpoint.streaming.commitDelayMs = 5;

    await settledTo(records);
    expect(await storedOffsets()).toEqual(upTo(records));
    // It is seen from the channel's state, long before the commit is overdue.
    const codes = observer.calls.faulted.map(([, { code }]) => code);
    expect(new Set(codes)).toEqual(new Set(['ERR_CHANNEL_MUST_BE_REOPENED']));
  });
});
