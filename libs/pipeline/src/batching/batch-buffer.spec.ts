import { BatchBuffer, type BatchLimits } from './batch-buffer.js';
import type { StoredRow } from '../model/outcome.js';
import { emptyRange, type OutcomeRange } from '../model/outcome-range.js';
import { countStored } from '../model/stored-counts.js';

const LIMITS: BatchLimits = { minEvents: 3, maxWaitMs: 60_000, maxEvents: 10, maxBytes: 1_000 };

function buffer(limits: Partial<BatchLimits> = {}): BatchBuffer {
  return new BatchBuffer({ ...LIMITS, ...limits }, () => undefined);
}

function rows(from: number, to: number, partition = 0): OutcomeRange {
  const offsets = Array.from({ length: to - from }, (_, index) => from + index);
  const stored = offsets.map((offset) => {
    const message = { topic: 't', partition, offset, timestampMs: offset };
    return { label: partition === 0 ? 'ORDER_CREATED' : 'other', message } as StoredRow;
  });
  return {
    ...emptyRange({ topic: 't', partition }, from, from, 'gaps'),
    to,
    rows: stored,
    storedCounts: countStored(stored),
    bytes: 10 * offsets.length,
    lastTimestampMs: to - 1,
  };
}

/** Whether the promise is still pending after everything that is ready has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  const settled = new Promise((resolve) => setImmediate(resolve, open));
  return (await Promise.race([promise, settled])) === open;
}

describe('BatchBuffer', () => {
  it('returns a batch as soon as it has the minimum of events', async () => {
    const open = buffer();
    const next = open.next();
    open.add(rows(0, 2));
    expect(await isPending(next)).toBe(true);
    open.add(rows(2, 3));
    expect((await next)?.rows).toHaveLength(3);
  });

  it('waits for a range that follows at once, until it is added or discarded, or the batch is full or overdue', async () => {
    const open = buffer();
    const next = open.next();
    open.add(rows(0, 4), true);
    expect(await isPending(next)).toBe(true);
    open.add(rows(4, 5), false);
    expect((await next)?.rows).toHaveLength(5);

    const rest = open.next();
    open.add(rows(5, 9), true);
    open.discard({ topic: 't', partition: 1 });
    expect((await rest)?.rows).toHaveLength(4);

    const full = open.next();
    open.add(rows(9, 19), true);
    expect((await full)?.rows).toHaveLength(10);

    const old = buffer({ maxWaitMs: 20 });
    old.add(rows(0, 4), true);
    expect((await old.next())?.rows).toHaveLength(4);
  });

  it('returns less than the minimum when the oldest event has waited long enough', async () => {
    const open = buffer({ maxWaitMs: 20 });
    const startedAt = performance.now();
    open.add(rows(0, 1));
    expect((await open.next())?.rows).toHaveLength(1);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19);
  });

  it('grows past the minimum, up to its limits, until it is taken', async () => {
    const open = buffer();
    open.add(rows(0, 4));
    open.add(rows(4, 9));
    expect(open.isFull).toBe(false);
    expect(open.room().events).toBe(1);
    open.add(rows(9, 10));
    expect(open.isFull).toBe(true);
    expect((await open.next())?.rows).toHaveLength(10);
    expect(open.isFull).toBe(false);
  });

  it('is full and due at the byte limit, even below the minimum of events', async () => {
    const open = buffer();
    open.add({ ...rows(0, 1), bytes: 1_000 });
    expect(open.isFull).toBe(true);
    expect((await open.next())?.bytes).toBe(1_000);
  });

  it('joins the ranges of a partition into one range whose counters add up', async () => {
    const open = buffer();
    open.add({ ...rows(5, 7), skipped: 1, to: 8 });
    open.add(emptyRange({ topic: 't', partition: 0 }, 8, 10, 'gaps'));
    open.add(rows(0, 1, 1));
    const batch = await open.next();
    expect(batch?.ranges).toEqual([
      expect.objectContaining({
        partition: 0,
        from: 5,
        to: 10,
        stored: 2,
        skipped: 1,
        gaps: 2,
        lastTimestampMs: null,
      }),
      expect.objectContaining({ partition: 1, from: 0, to: 1, stored: 1, lastTimestampMs: 0 }),
    ]);
    expect(batch?.storedCounts).toEqual({
      byLabel: new Map([
        ['ORDER_CREATED', 2],
        ['other', 1],
      ]),
      oldestMs: 0,
      newestMs: 6,
    });
  });

  it('throws if a range does not follow the last one of its partition', () => {
    const open = buffer();
    open.add(rows(0, 2));
    expect(() => {
      open.add(rows(3, 4));
    }).toThrow('t-0: a range from 3 cannot follow one that ends at 2');
  });

  it('discards one partition and keeps the others', async () => {
    const open = buffer();
    open.add(rows(0, 2, 0));
    open.add(rows(0, 3, 1));
    open.discard({ topic: 't', partition: 0 });
    expect(open.room()).toEqual({ events: 7, bytes: 970 });
    const batch = await open.next();
    expect(batch?.ranges.map(({ partition }) => partition)).toEqual([1]);
    expect(batch?.rows).toHaveLength(3);
    expect(batch?.storedCounts).toEqual({ byLabel: new Map([['other', 3]]), oldestMs: 0, newestMs: 2 });
  });

  it('returns the rest at once when it is closed, and then null', async () => {
    const open = buffer();
    open.add(rows(0, 1));
    open.close();
    expect((await open.next())?.rows).toHaveLength(1);
    expect(await open.next()).toBeNull();
  });

  it('seals a full batch, which next() returns first, and begins another one', async () => {
    const sizes: number[] = [];
    const open = new BatchBuffer(LIMITS, (events) => sizes.push(events));
    open.add(rows(0, 9));
    expect(open.sealFull()).toBeNull();
    open.add(rows(9, 10));
    const sealed = open.sealFull();
    expect(sealed?.ranges).toMatchObject([{ from: 0, to: 10 }]);
    expect(open.isFull).toBe(false);
    open.add(rows(10, 20));
    expect(sizes.at(-1)).toBe(20);
    expect(open.isFull).toBe(true);
    expect(open.sealFull()).toBe(sealed);
    expect(await open.next()).toBe(sealed);
    expect(await open.next()).toMatchObject({ ranges: [{ from: 10, to: 20 }] });
  });

  it('discards from the sealed batch as well as from the open one', async () => {
    const open = buffer();
    open.add(rows(0, 4, 0));
    open.add(rows(0, 6, 1));
    const sealed = open.sealFull();
    open.add(rows(4, 7, 0));
    open.discard({ topic: 't', partition: 0 });
    const rest = await open.next();
    expect(rest).not.toBe(sealed);
    expect(rest?.ranges).toMatchObject([{ partition: 1, from: 0, to: 6 }]);

    open.add(rows(7, 17, 0));
    open.sealFull();
    open.discard({ topic: 't', partition: 0 });
    expect(await isPending(open.next())).toBe(true);
  });

  it('returns a batch that has only ranges without messages', async () => {
    const open = buffer({ maxWaitMs: 5 });
    open.add(emptyRange({ topic: 't', partition: 0 }, 4, 6, 'lost'));
    expect(await open.next()).toMatchObject({ rows: [], ranges: [{ from: 4, to: 6, lost: 2 }] });
  });
});
