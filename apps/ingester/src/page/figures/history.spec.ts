import { EVENT_LABELS, type EventLabel } from '#events';
import { History, type Measurement } from './history.js';

/** Zero for every event type. */
const NONE_STORED = Object.fromEntries(EVENT_LABELS.map((label) => [label, 0])) as Record<EventLabel, number>;
const START_MS = 1_700_000_000_000;

/** The n-th second after the start, with this total stored. */
function second(n: number, stored: number, errors = 0): Measurement {
  return {
    atMs: START_MS + n * 1000,
    session: { stored: { ...NONE_STORED, ORDER_CREATED: stored }, errors },
    arriving: null,
    lag: 7,
    lagSeconds: null,
    buffered: 3,
    batchSeconds: null,
    warehouseSeconds: null,
    latencySeconds: null,
  };
}

describe('History', () => {
  it('derives rates from totals, over the time so far and later over ten seconds', () => {
    const history = new History(100, START_MS);
    expect(history.add(second(1, 50, 5))).toMatchObject({ at: 1_700_000_001, stored: 50, deadLetters: 5 });
    expect(history.add(second(2, 50, 5))).toMatchObject({ stored: 25, deadLetters: 2.5 });
    for (let n = 3; n <= 10; n += 1) history.add(second(n, 50, 5));
    expect(history.add(second(11, 150, 5))).toMatchObject({ stored: 10, deadLetters: 0 });
  });

  it('uses the actual time between two samples, and tolerates a clock that is set back', () => {
    const history = new History(100, START_MS);
    expect(history.add(second(4, 100)).stored).toBe(25);
    const setBack = new History(100, START_MS);
    expect(setBack.add(second(-3600, 100)).stored).toBe(100);
  });

  it('keeps only the newest samples, as one column for each field', () => {
    const history = new History(3, START_MS);
    for (let n = 1; n <= 5; n += 1) history.add(second(n, 0));
    const { at, lag, ...others } = history.columns();
    expect(at.map((each) => each - START_MS / 1000)).toEqual([3, 4, 5]);
    expect(lag).toEqual([7, 7, 7]);
    for (const column of Object.values(others)) expect(column).toHaveLength(3);
  });
});
