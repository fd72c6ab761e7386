import { EventValidator } from '#events';
import { eventually, MemoryDeadLetterTopic, MemoryLog, MemoryWarehouse, RecordingObserver } from '#testing';
import { IngestionPipeline } from '../ingestion-pipeline.js';
import { MessageValidator } from '../validation/message-validator.js';
import { ATTEMPT_HEADER, REDRIVE_ID_HEADER } from '../validation/redrive-headers.js';

const STORED = '{"event_type":"CELLAR_VISITED"}';
const ID = '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e';

async function start() {
  const log = new MemoryLog();
  const warehouse = new MemoryWarehouse();
  const deadLetters = new MemoryDeadLetterTopic();
  const observer = new RecordingObserver();
  const validator = new MessageValidator(new EventValidator({ maxBytes: 10_000 }));
  const limits = { minEvents: 3, maxWaitMs: 5, maxEvents: 100, maxBytes: 100_000 };
  const pipeline = new IngestionPipeline(log, validator, warehouse, deadLetters, observer, limits);
  pipeline.start();
  log.assign(0);
  await eventually(() => pipeline.status().isReading && !log.isPaused(0));
  /** Settles the whole log. */
  const settle = async (end: number) => {
    await pipeline.accept(log.fetch(0, 0));
    await eventually(() => warehouse.checkpoint(log.topic, 0).nextOffset === end);
  };
  return { log, warehouse, deadLetters, observer, settle };
}

describe('a redriven dead letter', () => {
  it('is written with its redrive id, and other events without one', async () => {
    const { log, warehouse, settle } = await start();
    const header = (value: Buffer | Buffer[]) => ({ headers: { [REDRIVE_ID_HEADER]: value } });
    log.append(0, STORED, header(Buffer.from(ID)));
    log.append(0, STORED, header([Buffer.from('older'), Buffer.from(ID)]));
    log.append(0, STORED, header(Buffer.from('not one of ours')));
    log.append(0, STORED);

    await settle(4);

    expect(warehouse.rows.map(({ redriveId }) => redriveId)).toEqual([ID, ID, null, null]);
  });

  it('is skipped if it is already stored, and the rest of the batch is stored', async () => {
    const { log, warehouse, observer, settle } = await start();
    const tried: string[] = [];
    warehouse.script.push(async ({ id }) => {
      tried.push(id);
      return { kind: 'already-stored', indexes: [1] };
    });
    log.append(0, STORED);
    log.append(0, STORED, { headers: { [REDRIVE_ID_HEADER]: Buffer.from(ID) } });
    log.append(0, 'no json');

    await settle(3);

    expect(warehouse.rows.map(({ message }) => message.offset)).toEqual([0]);
    expect(warehouse.checkpoint(log.topic, 0)).toMatchObject({ stored: 1, deadLettered: 1, skipped: 1 });
    expect(warehouse.batches.map(({ id }) => id)).toEqual(tried);
    expect(observer.calls.faulted).toEqual([]);
  });

  it('is retried after a backoff if the warehouse does not say which row is already stored', async () => {
    const { log, warehouse, observer, settle } = await start();
    warehouse.script.push(async () => ({ kind: 'already-stored', indexes: [] }));
    log.append(0, STORED);

    await settle(1);

    expect(observer.calls.faulted).toHaveLength(1);
    expect(warehouse.rows).toHaveLength(1);
  });

  it('that fails again counts its attempts and keeps its redrive id', async () => {
    const { log, deadLetters, settle } = await start();
    log.append(0, 'no json', {
      headers: { [ATTEMPT_HEADER]: Buffer.from('2'), [REDRIVE_ID_HEADER]: Buffer.from(ID) },
    });

    await settle(1);

    expect(deadLetters.letters).toMatchObject([
      { attempt: 3, message: { headers: { [REDRIVE_ID_HEADER]: Buffer.from(ID) } } },
    ]);
  });
});
