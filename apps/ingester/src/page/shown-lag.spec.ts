import { shownLag } from './shown-lag.js';

const seen = (partition: number, lag: number, agoMs: number) => ({
  topic: 't',
  partition,
  lag,
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
});
