import fc from 'fast-check';
import type { Batch } from '../model/batch.js';
import { DeadLetterLimit, NO_DEAD_LETTER_LIMIT, type DeadLetterLimits } from './dead-letter-limit.js';

const LIMITS: DeadLetterLimits = { maxRatio: 0.5, ratioWindowEvents: 100, maxRun: 30 };

type Settled = Pick<Batch, 'rows' | 'deadLetters'>;

/** Messages of one partition in the order of their offsets. */
function inOrder(isBad: readonly boolean[], partition = 0): Settled {
  const at = (wanted: boolean) =>
    isBad.flatMap((bad, offset) => (bad === wanted ? [{ message: { topic: 't', partition, offset } }] : []));
  return { rows: at(false) as Batch['rows'], deadLetters: at(true) as Batch['deadLetters'] };
}

/** Dead letters, followed by stored messages. */
function batch(stored: number, letters: number, partition = 0): Settled {
  return inOrder([...Array<boolean>(letters).fill(true), ...Array<boolean>(stored).fill(false)], partition);
}

function together(...parts: readonly Settled[]): Settled {
  return {
    rows: parts.flatMap(({ rows }) => rows),
    deadLetters: parts.flatMap(({ deadLetters }) => deadLetters),
  };
}

/** Settles batches as long as they are within the limit. Returns the excess of the first that is not. */
function settleUntil(limit: DeadLetterLimit, batches: ReturnType<typeof batch>[]): string | null {
  for (const each of batches) {
    const { excess } = limit.check(each);
    if (excess !== null) return excess;
    limit.settled(each);
  }
  return null;
}

describe('DeadLetterLimit', () => {
  it('allows exactly the maximum of dead letters in a row', () => {
    const limit = new DeadLetterLimit(LIMITS);
    expect(settleUntil(limit, [batch(0, 10), batch(0, 10), batch(0, 10)])).toBeNull();
    expect(limit.check(batch(0, 1)).excess).toBe('31 dead letters in a row (DLQ_MAX_RUN=30)');
  });

  it('checks a batch of any size before any of it is dead-lettered', () => {
    expect(new DeadLetterLimit(LIMITS).check(batch(0, 20_000)).excess).toContain(
      '20000 dead letters in a row',
    );
  });

  it('ends a run at a stored message, but not at a batch of tombstones', () => {
    const byRun = { ...LIMITS, maxRatio: 0 };
    expect(settleUntil(new DeadLetterLimit(byRun), [batch(0, 25), batch(1, 5), batch(0, 25)])).toBeNull();
    expect(settleUntil(new DeadLetterLimit(byRun), [batch(0, 25), batch(0, 0), batch(0, 25)])).toContain(
      '50',
    );
  });

  it('counts a run in the order of offsets, also among stored messages of the same batch and of other partitions', () => {
    const byRun = { ...LIMITS, maxRatio: 0 };
    const good = Array<boolean>(10).fill(false);
    const between = (letters: number) => inOrder([...good, ...Array<boolean>(letters).fill(true), ...good]);
    expect(settleUntil(new DeadLetterLimit(byRun), [between(30), between(30)])).toBeNull();
    expect(new DeadLetterLimit(byRun).check(between(31)).excess).toBe(
      '31 dead letters in a row (DLQ_MAX_RUN=30)',
    );

    const limit = new DeadLetterLimit(byRun);
    expect(settleUntil(limit, [together(batch(50, 0, 1), batch(0, 20))])).toBeNull();
    expect(settleUntil(limit, [batch(50, 0, 1)])).toBeNull();
    expect(limit.check(together(batch(50, 0, 1), batch(0, 11))).excess).toContain('31 dead letters in a row');
    expect(limit.check(together(batch(0, 20, 1), batch(1, 10))).excess).toBeNull();
  });

  it('counts rows that the warehouse rejected in the order of their offsets', () => {
    const limit = new DeadLetterLimit({ ...LIMITS, maxRatio: 0, maxRun: 2 });
    const { rows, deadLetters } = inOrder([true, false, true, true]);
    expect(limit.check({ rows, deadLetters: deadLetters.toReversed() }).excess).toBeNull();
    expect(limit.check({ rows: [], deadLetters: deadLetters.toReversed() }).excess).toContain('3 dead');
  });

  it('allows exactly the maximum ratio in the window', () => {
    const limit = new DeadLetterLimit(LIMITS);
    expect(settleUntil(limit, Array<ReturnType<typeof batch>>(5).fill(batch(10, 10)))).toBeNull();
    expect(limit.ratio).toBe(0.5);
    expect(limit.check(batch(9, 11))).toEqual({
      ratio: 0.51,
      excess: '51.0 % dead letters among the last 100 messages (DLQ_MAX_RATIO=0.5)',
    });
    expect(limit.check(batch(11, 9)).excess).toBeNull();
  });

  it('relates the ratio to the whole window from the start, so that the first bad messages do not exceed it', () => {
    const limit = new DeadLetterLimit(LIMITS);
    expect(settleUntil(limit, [batch(0, 1), batch(1, 9)])).toBeNull();
    expect(limit.ratio).toBe(0.1);
  });

  it('forgets batches that have left the window', () => {
    const limit = new DeadLetterLimit(LIMITS);
    limit.settled(batch(1, 49));
    limit.settled(batch(100, 0));
    expect(limit.ratio).toBe(0);
  });

  it('lets everything pass once lifted, until the traffic is good again; then it holds again', () => {
    const limit = new DeadLetterLimit(LIMITS);
    limit.lift();
    expect(settleUntil(limit, [batch(0, 90), batch(1, 90), batch(0, 90)])).toBeNull();
    expect(settleUntil(limit, [batch(100, 0), batch(0, 31)])).toBe(
      '31 dead letters in a row (DLQ_MAX_RUN=30)',
    );
  });

  it('is off if the settings are 0', () => {
    expect(new DeadLetterLimit(NO_DEAD_LETTER_LIMIT).check(batch(0, 1_000_000)).excess).toBeNull();
  });

  it('never allows more dead letters in a row or within a window than the limits, unless lifted', () => {
    const batches = fc.array(fc.tuple(fc.nat(20), fc.nat(40)), { maxLength: 60 });
    fc.assert(
      fc.property(batches, (sizes) => {
        const limit = new DeadLetterLimit(LIMITS);
        const settled = sizes.filter(([stored, letters]) => {
          const each = batch(stored, letters);
          const isWithin = limit.check(each).excess === null;
          if (isWithin) limit.settled(each);
          return isWithin;
        });
        let run = 0;
        for (const [index, [stored, letters]] of settled.entries()) {
          run += letters;
          expect(run).toBeLessThanOrEqual(LIMITS.maxRun);
          if (stored > 0) run = 0;
          // A batch without dead letters always passes, so only batches with some are checked.
          if (letters > 0) expect(ratioAt(settled.slice(0, index + 1))).toBeLessThanOrEqual(LIMITS.maxRatio);
        }
      }),
    );
  });

  it('never holds traffic of which a tenth is bad', () => {
    // Exactly 10 % in every 200 messages, in any order.
    const order = fc.shuffledSubarray([...Array(200).keys()], { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(order, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 200 }),
        (bads, size) => {
          const isBad = bads.flatMap((bad) => [...Array(200).keys()].map((index) => bad.includes(index)));
          const limit = new DeadLetterLimit({ ...LIMITS, maxRun: 41 });
          const batches = [];
          for (let from = 0; from < isBad.length; from += size) {
            batches.push(inOrder(isBad.slice(from, from + size)));
          }
          expect(settleUntil(limit, batches)).toBeNull();
        },
      ),
    );
  });
});

/** The ratio computed the slow way: over the newest batches that together fill the window. */
function ratioAt(sizes: [stored: number, letters: number][]): number {
  let messages = 0;
  let letters = 0;
  for (const [stored, bad] of sizes.toReversed()) {
    if (messages >= LIMITS.ratioWindowEvents) break;
    messages += stored + bad;
    letters += bad;
  }
  return letters / Math.max(messages, LIMITS.ratioWindowEvents);
}
