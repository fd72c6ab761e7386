import type { Checkpoint } from '#pipeline';
import type { PartitionLog } from '../topic-log.js';
import { consequence, parseTarget, plan } from './move-plan.js';

const LOG: PartitionLog = { partition: 0, start: 5, end: 50, committed: 30 };

function checkpoint(over: Partial<Checkpoint> = {}): Checkpoint {
  return {
    topic: 'sales_events',
    partition: 0,
    firstOffset: 0,
    nextOffset: 30,
    stored: 30,
    deadLettered: 0,
    skipped: 0,
    gaps: 0,
    lost: 0,
    lastTimestampMs: null,
    ...over,
  };
}

describe('parseTarget', () => {
  it.each([
    ['earliest', { kind: 'earliest' }],
    ['42', { kind: 'offset', offset: 42 }],
    ['2026-01-31', { kind: 'time', ms: Date.UTC(2026, 0, 31) }],
  ])('accepts %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it.each(['', 'first', '-1', '1.5', '2026-13-01'])('rejects "%s"', (text) => {
    expect(() => parseTarget(text)).toThrow(/--to is/);
  });
});

describe('plan', () => {
  it.each([
    ['earliest', 5],
    ['latest', 50],
    ['7', 7],
    ['2026-01-31', 33],
  ])('moves the checkpoint to %s', (text, to) => {
    const moves = plan(
      0,
      parseTarget(text),
      { topic: 'sales_events', logs: [LOG] },
      [checkpoint()],
      new Map([[0, 33]]),
    );
    expect(moves).toEqual([{ topic: 'sales_events', partition: 0, expected: 30, to }]);
  });

  it('keeps a checkpoint that is already there, and uses the end of the log if no record is that late', () => {
    expect(
      plan('all', { kind: 'committed' }, { topic: 'sales_events', logs: [LOG] }, [checkpoint()]),
    ).toMatchObject([{ expected: 30, to: 30 }]);
    expect(
      plan('all', { kind: 'time', ms: 0 }, { topic: 'sales_events', logs: [LOG] }, [checkpoint()]),
    ).toMatchObject([{ to: 50 }]);
  });

  it('creates a missing checkpoint', () => {
    const logs = [LOG, { ...LOG, partition: 1 }];
    expect(plan('all', { kind: 'earliest' }, { topic: 'sales_events', logs }, [checkpoint()])).toMatchObject([
      { partition: 0, expected: 30, to: 5 },
      { partition: 1, expected: null, to: 5 },
    ]);
  });

  it('reports every obstacle', () => {
    const other = { ...LOG, partition: 1, committed: null };
    const twice = [checkpoint({ partition: 1 }), checkpoint({ partition: 1 })];
    expect(() =>
      plan('all', { kind: 'offset', offset: 4 }, { topic: 'sales_events', logs: [LOG] }, [
        checkpoint(),
        ...twice,
      ]),
    ).toThrow(/4 is outside its log, 5 to 50\..*\n.*Partition 1/);
    expect(() => plan(1, { kind: 'latest' }, { topic: 'sales_events', logs: [LOG, other] }, twice)).toThrow(
      /2 checkpoints/,
    );
    expect(() =>
      plan(1, { kind: 'committed' }, { topic: 'sales_events', logs: [other] }, [
        checkpoint({ partition: 1 }),
      ]),
    ).toThrow(/committed no/);
  });

  it('explains the effect of a move', () => {
    const move = { topic: 't', partition: 0 };
    expect(consequence({ ...move, expected: 30, to: 20 }, LOG)).toMatch(/^10 offsets are read again.*TWICE/);
    expect(consequence({ ...move, expected: 30, to: 50 }, LOG)).toMatch(/^20 offsets are passed over.*never/);
    expect(consequence({ ...move, expected: null, to: 20 }, LOG)).toMatch(
      /created; the 15 offsets.*never read/,
    );
    expect(consequence({ ...move, expected: 80, to: 5 }, LOG)).toMatch(
      /ends below the checkpoint; 45 offsets/,
    );
  });
});
