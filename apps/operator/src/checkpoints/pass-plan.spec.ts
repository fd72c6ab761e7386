import type { Checkpoint } from '#pipeline';
import { planPass } from './pass-plan.js';

const LOGS = [{ partition: 3, start: 0, end: 100, committed: 40 }];
const checkpoint = (nextOffset: number): Checkpoint => ({
  topic: 't',
  partition: 3,
  firstOffset: 0,
  nextOffset,
  stored: nextOffset,
  deadLettered: 0,
  skipped: 0,
  gaps: 0,
  lost: 0,
  lastTimestampMs: 1,
});

describe('planPass', () => {
  it('covers the range from the checkpoint through the last offset', () => {
    expect(planPass({ partition: 3, offset: 40, through: 49 }, LOGS, [checkpoint(40)])).toEqual({
      topic: 't',
      partition: 3,
      from: 40,
      to: 50,
    });
  });

  it.each([
    ['a reversed range', { partition: 3, offset: 40, through: 39 }, [checkpoint(40)], '--through'],
    ['a partition without a checkpoint', { partition: 4, offset: 0, through: 0 }, [checkpoint(40)], 'has no'],
    [
      'two checkpoints',
      { partition: 3, offset: 40, through: 40 },
      [checkpoint(40), checkpoint(9)],
      'more than one',
    ],
    [
      'an offset that is not the checkpoint',
      { partition: 3, offset: 41, through: 41 },
      [checkpoint(40)],
      'stands at 40',
    ],
    [
      'offsets beyond the end of the log',
      { partition: 3, offset: 40, through: 100 },
      [checkpoint(40)],
      'ends at 100',
    ],
  ])('rejects %s', (_what, passed, checkpoints, message) => {
    expect(() => planPass(passed, LOGS, checkpoints)).toThrow(message);
  });
});
