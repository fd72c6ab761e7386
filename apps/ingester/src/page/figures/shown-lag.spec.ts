import { shownLag } from './shown-lag.js';

const seen = (partition: number, lag: number, agoMs: number) => ({
  topic: 't',
  partition,
  lag,
  end: 100,
  oldestMs: null,
  seenAt: performance.now() - agoMs,
});

describe('shownLag', () => {
  it('is the sum, as of the oldest observation', () => {
    const lag = shownLag([seen(0, 5, 0), seen(1, 7, 60_000)], 15_000);
    expect(lag).toMatchObject({ messages: 12, isOld: true });
    expect(Date.now() / 1000 - (lag?.asOf ?? 0)).toBeGreaterThan(58);
  });

  it('is current if every end was seen recently, and null if none was', () => {
    expect(shownLag([seen(0, 5, 0)], 15_000)).toMatchObject({ messages: 5, isOld: false });
    expect(shownLag([], 15_000)).toBeNull();
  });

  it('has the age of the oldest unsettled message of all partitions, if any is known', () => {
    const old = { ...seen(0, 5, 0), oldestMs: Date.now() - 90_000 };
    expect(shownLag([seen(1, 7, 0), old], 15_000)?.oldestSeconds).toBeGreaterThanOrEqual(90);
    expect(shownLag([seen(1, 7, 0)], 15_000)?.oldestSeconds).toBeNull();
    expect(shownLag([seen(1, 0, 0)], 15_000)?.oldestSeconds).toBe(0);
  });
});
