import { jest } from '@jest/globals';
import { BindLimit } from './bind-limit.js';

const MINUTE = 60_000;

describe('the limit of a bind', () => {
  let nowMs: number;
  beforeEach(() => {
    nowMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });
  afterEach(() => jest.restoreAllMocks());

  it('is the setting until something smaller is refused', () => {
    const limit = new BindLimit(1_000);
    limit.refused(5_000);
    expect(limit.bytes).toBe(1_000);
  });

  it('is half of what was refused, again and again', () => {
    const limit = new BindLimit(1_000);
    limit.refused(900);
    limit.refused(400);
    expect(limit.bytes).toBe(200);
    // A bind that was built before the last refusal.
    limit.refused(900);
    expect(limit.bytes).toBe(200);
    for (let refusals = 0; refusals < 20; refusals += 1) limit.refused(limit.bytes);
    expect(limit.bytes).toBe(1);
  });

  it('grows again to the setting', () => {
    const limit = new BindLimit(1_000);
    limit.refused(800);
    limit.refused(400);
    nowMs += 9 * MINUTE;
    expect(limit.bytes).toBe(200);
    for (const bytes of [400, 800, 1_000, 1_000]) {
      nowMs += 10 * MINUTE;
      expect(limit.bytes).toBe(bytes);
    }
  });

  it('is tried again ever less often while the larger size is refused', () => {
    const limit = new BindLimit(1_000);
    limit.refused(800);
    for (const waitMinutes of [10, 20, 40, 80, 160, 320, 360, 360]) {
      nowMs += waitMinutes * MINUTE - 1;
      expect(limit.bytes).toBe(400);
      nowMs += 1;
      expect(limit.bytes).toBe(800);
      limit.refused(800);
    }
  });
});
