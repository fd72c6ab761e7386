import { faultText, makePlan, type PlanOptions } from './plan.js';

const OPTIONS: PlanOptions = {
  seed: 7,
  durationMs: 600_000,
  engine: 'snowflake',
  brokers: 1,
  ingesters: 3,
};

describe('the plan of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(makePlan(OPTIONS)).toEqual(makePlan(OPTIONS));
    expect(makePlan({ ...OPTIONS, seed: 8 })).not.toEqual(makePlan(OPTIONS));
  });

  it('meets every kind of fault of its engine, and strikes every ingester', () => {
    const plan = makePlan(OPTIONS);
    expect(new Set(plan.map(({ kind }) => kind)).size).toBe(19);
    expect(new Set(plan.map(({ ingester }) => ingester))).toEqual(new Set([null, 1, 2, 3]));
    const onStreaming = new Set(makePlan({ ...OPTIONS, engine: 'streaming' }).map(({ kind }) => kind));
    expect(onStreaming.size).toBe(19);
    expect(onStreaming).toContain('commits-withheld');
    expect(onStreaming).not.toContain('session-gone');
    const onDuckDb = new Set(makePlan({ ...OPTIONS, engine: 'duckdb' }).map(({ kind }) => kind));
    expect([...onDuckDb].sort()).toEqual([
      'black-hole',
      'broker-kill',
      'broker-restart',
      'clock',
      'cut-off',
      'dead-letters-refused',
      'disk-full',
      'freeze',
      'kill',
      'terminate',
    ]);
  });

  it('has a cluster lose leaders, and one broker connections', () => {
    const brokerFaults = (options: PlanOptions) =>
      new Set(
        makePlan(options)
          .filter(({ place }) => place === 'broker')
          .map(({ kind }) => kind),
      );
    expect([...brokerFaults(OPTIONS)].sort()).toEqual([
      'black-hole',
      'broker-kill',
      'broker-restart',
      'cut-off',
    ]);
    expect([...brokerFaults({ ...OPTIONS, brokers: 3 })].sort()).toEqual([
      'coordinator-kill',
      'dead-letter-leader-kill',
      'leader-kill',
      'leader-stop',
      'majority-kill',
    ]);
  });

  it('lifts each fault before the next one of its place begins, and all before the end', () => {
    const plan = makePlan(OPTIONS);
    for (const fault of plan) {
      const end = fault.atMs + fault.forMs;
      expect(end).toBeLessThanOrEqual(OPTIONS.durationMs);
      const next = plan.find(
        ({ place, ingester, atMs }) =>
          place === fault.place && ingester === fault.ingester && atMs > fault.atMs,
      );
      expect(next?.atMs ?? Infinity).toBeGreaterThan(end);
    }
  });

  it('can be read', () => {
    const fault = { kind: 'lost-answer', place: 'warehouse', atMs: 0, forMs: 1_500, ingester: null } as const;
    expect(faultText({ ...fault, statement: 'commit' })).toBe(
      'warehouse          commit: runs, and its answer is lost, 1.5 s',
    );
  });
});
