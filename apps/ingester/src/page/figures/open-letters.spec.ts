import { OpenLetterCount } from './open-letters.js';

const OFTEN = { everyMs: 0, onlyAfterBatch: false };

describe('OpenLetterCount', () => {
  it('counts once at a time, and keeps the newest count', async () => {
    const first = Promise.withResolvers<number>();
    const counts: (() => Promise<number>)[] = [() => first.promise, async () => 8];
    const letters = new OpenLetterCount(() => counts.shift()?.() ?? Promise.reject(new Error('once')), OFTEN);
    const counting = letters.refresh();
    await letters.refresh();
    expect(letters.latest).toBeNull();
    expect(counts).toHaveLength(1);
    first.resolve(7);
    await counting;
    expect(letters.latest).toMatchObject({ count: 7, fault: null });
  });

  it('says why it cannot count', async () => {
    const letters = new OpenLetterCount(() => Promise.reject(new Error('no such table')), OFTEN);
    await letters.refresh();
    expect(letters.latest).toMatchObject({ count: null, fault: 'no such table' });
  });

  it('leaves a sleeping warehouse asleep: it counts again only after a batch', async () => {
    let counted = 0;
    const letters = new OpenLetterCount(async () => (counted += 1), { everyMs: 0, onlyAfterBatch: true });
    await letters.refresh();
    await letters.refresh();
    expect(counted).toBe(1);
    letters.batchCommitted();
    // A count that took no time may follow at once.
    while (counted < 2) await letters.refresh();
    expect(letters.latest?.count).toBe(2);
  });

  it('counts nothing unasked if there is no limit for it, and not twice within the time', async () => {
    let counted = 0;
    const count = async () => (counted += 1);
    await new OpenLetterCount(count, null).refresh();
    expect(counted).toBe(0);
    const seldom = new OpenLetterCount(count, { everyMs: 3_600_000, onlyAfterBatch: false });
    await seldom.refresh();
    await seldom.refresh();
    expect(counted).toBe(1);
  });
});
