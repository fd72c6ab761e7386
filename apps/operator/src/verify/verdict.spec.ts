import type { PartitionLedger } from '#warehouse';
import type { PartitionLog } from '../topic-log.js';
import { reports } from './verdict.js';

const LOG: PartitionLog = { partition: 0, start: 0, end: 12, committed: 10 };

function ledger(
  over: Partial<PartitionLedger> & { nextOffset?: number; stored?: number } = {},
): PartitionLedger {
  const { nextOffset = 10, stored = 7, ...rest } = over;
  const checkpoint = {
    topic: 'sales_events',
    partition: 0,
    firstOffset: 0,
    nextOffset,
    stored,
    deadLettered: 1,
    skipped: 1,
    gaps: 1,
    lost: 0,
    lastTimestampMs: null,
  };
  return {
    checkpoints: [checkpoint],
    rows: 7,
    deadLetters: 1,
    offsets: 8,
    doubled: 0,
    doubledOffsets: [],
    missing: [],
    ...rest,
  };
}

const problems = (log: PartitionLog[], ledgers: PartitionLedger[]) =>
  reports(log, ledgers).flatMap(({ problems: found }) => found);

describe('what verify finds', () => {
  it('is nothing where all is there once, however far behind it is', () => {
    expect(problems([{ ...LOG, end: 1_000_000 }], [ledger()])).toEqual([]);
    expect(problems([{ ...LOG, committed: null }], [])).toEqual([]);
  });

  it.each([
    ['a row is missing', ledger({ rows: 6, offsets: 7, missing: [{ first: 4, last: 4 }] }), /6 rows.*7 by.*/],
    ['a range is missing', ledger({ missing: [{ first: 4, last: 6 }] }), /among 4-6/],
    ['a row is double', ledger({ rows: 8, doubled: 1, doubledOffsets: [3] }), /1 offsets.*more than once: 3/],
    ['a dead letter is missing', ledger({ deadLetters: 0 }), /0 dead letters.*1 by/],
    ['a counter is wrong', ledger({ stored: 8, rows: 8 }), /add up to 11, not to its 10/],
    [
      'the topic lost its past',
      ledger({ nextOffset: 13, stored: 10, rows: 10 }),
      /13 is beyond the end of the log, 12/,
    ],
  ])('is a sentence where %s', (_what, one, sentence) => {
    expect(problems([LOG], [one]).join('\n')).toMatch(sentence);
  });

  it('names a doubled checkpoint, early commits, deleted offsets, and a partition that is gone', () => {
    const [checkpoint] = ledger().checkpoints;
    if (checkpoint === undefined) throw new Error('no checkpoint');
    expect(problems([LOG], [ledger({ checkpoints: [checkpoint, checkpoint] })])).toEqual([
      'there are 2 checkpoints instead of one',
    ]);
    expect(problems([{ ...LOG, committed: 11 }], [ledger()])).toEqual([
      'the committed offset 11 is ahead of the checkpoint 10',
    ]);
    expect(problems([{ ...LOG, start: 11 }], [ledger()])).toEqual(['Kafka has deleted offsets 10 unread']);
    expect(problems([], [ledger()])).toEqual(['Kafka has no such partition']);
    expect(problems([LOG], [])).toEqual(['offsets up to 10 are committed, but there is no checkpoint']);
  });
});
