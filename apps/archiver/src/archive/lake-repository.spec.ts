import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStore, Lake, objectKey } from '#lake';
import { FaultError, noneStored, type Batch, type Message, type PartitionRange } from '#pipeline';
import { LakeRepository } from './lake-repository.js';
import { RecordEncoder } from './record-encoder.js';

const TOPIC = 't';
const ENCODER = new RecordEncoder();
const TRANSIENT = { class: 'transient', code: 'SlowDown', message: 'slow down', remedy: null } as const;

/** A store that fails before, or after, it writes. */
class FaultyStore extends FolderStore {
  readonly script: ('fails' | 'response lost' | 'works')[] = [];

  override async put(...args: Parameters<FolderStore['put']>) {
    const step = this.script.shift() ?? 'works';
    if (step === 'fails') throw new FaultError(TRANSIENT);
    const result = await super.put(...args);
    if (step === 'response lost') throw new FaultError(TRANSIENT);
    return result;
  }
}

function range(
  partition: number,
  from: number,
  to: number,
  counters: Partial<PartitionRange> = {},
): PartitionRange {
  const none = { deadLettered: 0, skipped: 0, gaps: 0, lost: 0, lastTimestampMs: to };
  return { topic: TOPIC, partition, from, to, stored: to - from, ...none, ...counters };
}

/** A batch with a record at each offset. */
function batch(...ranges: PartitionRange[]): Batch {
  const rows = ranges.flatMap(({ partition, from, to, lost }) =>
    Array.from({ length: to - from - lost }, (_, index) => rowAt(partition, from + lost + index)),
  );
  const id = `batch ${Math.random()}`;
  return { id, rows, storedCounts: noneStored(), deadLetters: [], ranges, bytes: 1, openedAtMs: 0 };
}

function rowAt(partition: number, offset: number) {
  const message: Message = {
    topic: TOPIC,
    partition,
    offset,
    timestampMs: offset,
    key: null,
    value: Buffer.from(`value ${offset}`),
    headers: {},
  };
  const at = { fetchedOffset: offset, nextOffset: offset + 1, first: null, last: null, highWatermark: 0 };
  const fetched = { topic: TOPIC, partition, ...at, length: 1, bytes: 1, isCompact: true, at: () => message };
  const [row] = ENCODER.validate(
    { ...fetched, heartbeat: async () => undefined, resolve: () => undefined },
    0,
    offset,
    { events: 1, bytes: 1 },
  ).range.rows;
  if (row === undefined) throw new Error('no row');
  return row;
}

describe('LakeRepository', () => {
  let folder: string;
  let store: FaultyStore;
  let lake: Lake;
  let repository: LakeRepository;
  let written: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lake-'));
    store = new FaultyStore(folder);
    lake = new Lake(store);
    written = 0;
    repository = another();
    expect(await repository.open()).toEqual([]);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const another = () =>
    new LakeRepository(lake, ({ records }) => {
      written += records;
    });
  const claim = (partition = 0, requiredOffset?: number) =>
    repository.claim([
      {
        topic: TOPIC,
        partition,
        startOffset: 5,
        ...(requiredOffset === undefined ? {} : { requiredOffset }),
      },
    ]);

  async function offsetsIn(partition = 0): Promise<number[]> {
    const offsets: number[] = [];
    for await (const object of lake.objects(TOPIC, partition))
      for await (const { offset } of lake.records(object)) offsets.push(offset);
    return offsets;
  }

  it('begins each partition at offset 0, so that two archivers that begin it write the same key', async () => {
    expect(await claim()).toMatchObject([{ nextOffset: 0 }]);
    await repository.write(batch(range(0, 0, 7, { lost: 5, stored: 2 })));
    expect(await lake.summary(objectKey({ topic: TOPIC, partition: 0 }, 0))).toEqual({
      first: 0,
      next: 7,
      records: 2,
      lost: 5,
      lastTimestampMs: 7,
    });
    expect(await offsetsIn()).toEqual([5, 6]);
  });

  it('continues where the last object ends', async () => {
    await repository.write(batch(range(0, 0, 3), range(1, 0, 2)));
    await repository.write(batch(range(0, 3, 4)));
    repository = another();
    expect([...(await claim(0)), ...(await claim(1))]).toMatchObject([{ nextOffset: 4 }, { nextOffset: 2 }]);
    expect(await repository.storedEnds([{ topic: TOPIC, partition: 0 }])).toEqual([4]);
  });

  it('reports no position if objects that must be there are missing', async () => {
    expect(await claim(0, 10)).toEqual([]);
  });

  it('lets one of two archivers write, and sends the other one to its end', async () => {
    expect(await another().write(batch(range(0, 0, 5)))).toMatchObject({ kind: 'stored' });
    const late = await repository.write(batch(range(0, 0, 3), range(1, 0, 2)));
    expect(late).toMatchObject({
      kind: 'stale',
      checkpoints: [{ partition: 0, nextOffset: 5, lastTimestampMs: 5 }],
    });
    expect(await offsetsIn(0)).toEqual([0, 1, 2, 3, 4]);
    expect(await offsetsIn(1)).toEqual([0, 1]);
  });

  it('finds its own object if only the response was lost', async () => {
    store.script.push('response lost');
    const lost = batch(range(0, 0, 5));
    expect(await repository.write(lost)).toMatchObject({ kind: 'fault', fault: TRANSIENT });
    expect(await repository.write(lost)).toMatchObject({ kind: 'stored' });
    expect(await offsetsIn()).toEqual([0, 1, 2, 3, 4]);
  });

  it('writes only what is missing of a batch that failed in part', async () => {
    const part = batch(range(0, 0, 5), range(1, 0, 2));
    store.script.push('works', 'fails');
    expect(await repository.write(part)).toMatchObject({ kind: 'fault' });
    expect(await repository.write(part)).toMatchObject({ kind: 'stored' });
    expect(written).toBe(7);
    expect([...(await offsetsIn(0)), ...(await offsetsIn(1))]).toEqual([0, 1, 2, 3, 4, 0, 1]);
  });
});
