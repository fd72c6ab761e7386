import { simulate, type LockModel } from './simulation.js';

const MODEL: LockModel = {
  pods: 1,
  eventsPerSecond: 1_000_000,
  statementSeconds: 0.2,
  maxEvents: 20_000,
  eventsPerBind: 13_000,
  shards: 1,
};
const SECONDS = 600;

describe('pods under locks', () => {
  it('carry, alone and behind, a full batch in the time of its statements', () => {
    const outcome = simulate(MODEL, SECONDS);
    // Two binds, the insert, the lock, the compare-and-set, COMMIT.
    expect(outcome.eventsPerSecond / (20_000 / (6 * 0.2))).toBeCloseTo(1, 1);
    expect(outcome.eventsPerBatch).toBe(20_000);
    expect(outcome.lockWaitSeconds).toBe(0);
  });

  it('are bound together by one lock, however many they are', () => {
    const outcome = simulate({ ...MODEL, pods: 100 }, SECONDS);
    expect(outcome.batchesPerSecond / (1 / 0.6)).toBeCloseTo(1, 1);
    expect(outcome.lockUse).toBeGreaterThan(0.98);
    expect(outcome.behind).toBeGreaterThan(0.9);
  });

  it('carry as many times more as there are locks, until nothing is behind', () => {
    const pods = { ...MODEL, pods: 100, eventsPerSecond: 300_000 };
    const one = simulate(pods, SECONDS).eventsPerSecond;
    expect(simulate({ ...pods, shards: 4 }, SECONDS).eventsPerSecond / one).toBeCloseTo(4, 0);
    expect(simulate({ ...pods, shards: 20 }, SECONDS).behind).toBeLessThan(0.02);
  });

  it('make larger batches while they wait, where the batches may grow', () => {
    const slow = simulate({ ...MODEL, pods: 20, eventsPerSecond: 30_000 }, SECONDS);
    expect(slow.eventsPerBatch).toBeGreaterThan(10_000);
    expect(slow.behind).toBeLessThan(0.02);
    expect(simulate({ ...MODEL, eventsPerSecond: 100 }, SECONDS).eventsPerBatch).toBeLessThan(200);
  });
});
