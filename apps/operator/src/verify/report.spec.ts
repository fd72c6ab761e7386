import type { PartitionLedger, TopicLedger } from '#warehouse';
import type { PartitionLog } from '../topic-log.js';
import { isComplete, isConsistent, report } from './report.js';

const TOPIC = 'sales_events';
const LOG: PartitionLog = { partition: 0, start: 0, end: 12, committed: 10 };
const NONE = { count: 0, offsets: [] };

type Counters = Partial<Record<'firstOffset' | 'nextOffset' | 'stored' | 'gaps' | 'lost', number>>;

function ledger(over: Partial<PartitionLedger> & Counters = {}): PartitionLedger {
  const { firstOffset = 0, nextOffset = 10, stored = 7, gaps = 1, lost = 0, ...rest } = over;
  const checkpoint = {
    topic: TOPIC,
    partition: 0,
    firstOffset,
    nextOffset,
    stored,
    deadLettered: 1,
    skipped: 1,
    gaps,
    lost,
    lastTimestampMs: null,
  };
  return {
    partition: 0,
    checkpoints: [checkpoint],
    rows: 7,
    deadLetters: 1,
    offsets: 8,
    doubled: NONE,
    both: NONE,
    missing: [],
    before: { rows: 0, deadLetters: 0 },
    unreadable: null,
    beyond: NONE,
    ...rest,
  };
}

function reported(logs: PartitionLog[], partitions: PartitionLedger[], over: Partial<TopicLedger> = {}) {
  return report(TOPIC, logs, { partitions, unplaced: [], unstored: [], ...over });
}

function problems(...given: Parameters<typeof reported>): string[] {
  const found = reported(...given);
  return [...found.partitions.flatMap((each) => each.problems), ...found.problems];
}

describe('report', () => {
  it('finds no problem if everything is there once, however large the lag', () => {
    expect(problems([{ ...LOG, end: 1_000_000 }], [ledger()])).toEqual([]);
    expect(problems([{ ...LOG, committed: null }], [])).toEqual([]);
  });

  it.each([
    [
      'a row is missing',
      ledger({ rows: 6, offsets: 7, missing: [{ first: 4, last: 4 }] }),
      /6 rows.*7 according to.*/,
    ],
    ['a range is missing', ledger({ missing: [{ first: 4, last: 6 }] }), /among sales_events-0@4-6/],
    [
      'a row is duplicated',
      ledger({ rows: 8, doubled: { count: 1, offsets: [3] } }),
      /1 offsets.*more than once: sales_events-0@3/,
    ],
    [
      'an offset is in both tables',
      ledger({ rows: 8, both: { count: 1, offsets: [3] } }),
      /both stored and dead-lettered: sales_events-0@3/,
    ],
    ['a dead letter is missing', ledger({ deadLetters: 0 }), /0 dead letters.*1 according to/],
    ['a counter is wrong', ledger({ stored: 8, rows: 8 }), /add up to 11, not to its 10/],
    ['offsets were lost', ledger({ gaps: 0, lost: 1 }), /1 offsets below 10 were lost/],
    [
      'a row is beyond the checkpoint',
      ledger({ beyond: { count: 1, offsets: [11] } }),
      /beyond every checkpoint: sales_events-0@11/,
    ],
    [
      'a row is in a partition without a checkpoint',
      ledger({ checkpoints: [], beyond: { count: 1, offsets: [3] } }),
      /sales_events-0@3, but no group has a checkpoint/,
    ],
    [
      'the topic was recreated',
      ledger({ nextOffset: 13, stored: 10, rows: 10 }),
      /13 is beyond the end of the log, 12/,
    ],
  ])('has one sentence if %s', (_what, one, sentence) => {
    expect(problems([LOG], [one]).join('\n')).toMatch(sentence);
  });

  it('lists problems that belong to no partition', () => {
    const at = (offset: number) => ({ topic: TOPIC, partition: 0, offset });
    const over = {
      unplaced: [{ table: 'RAW_EVENTS_STREAM', count: 2, firstAtMs: Date.UTC(2026, 0, 31) }],
      unstored: [{ letter: at(3), storedAs: at(9) }],
    };
    expect(problems([LOG], [ledger()], over)).toEqual([
      '2 rows of RAW_EVENTS_STREAM without topic, partition and offset in EVENT_METADATA, the first inserted at 2026-01-31T00:00:00.000Z',
      'the dead letter sales_events-0@3 is marked as stored at sales_events-0@9, but there is no row',
    ]);
  });

  it('reports a duplicate checkpoint, early commits, deleted offsets and a missing partition', () => {
    const [checkpoint] = ledger().checkpoints;
    if (checkpoint === undefined) throw new Error('no checkpoint');
    expect(problems([LOG], [ledger({ checkpoints: [checkpoint, checkpoint] })])).toEqual([
      'there are 2 checkpoints instead of one',
    ]);
    expect(problems([{ ...LOG, committed: 11 }], [ledger()])).toEqual([
      'the committed offset 11 is ahead of the checkpoint 10',
    ]);
    expect(problems([{ ...LOG, start: 11 }], [ledger()])).toEqual([
      'Kafka has deleted offsets 10 before they were read',
    ]);
    expect(problems([], [ledger()])).toEqual(['Kafka has no such partition']);
    expect(problems([LOG], [])).toEqual(['offsets up to 10 are committed, but there is no checkpoint']);
  });
});

describe('isComplete', () => {
  it('requires the whole log: nothing waiting, and nothing before the ledger', () => {
    const whole = reported([{ ...LOG, end: 10 }], [ledger()]);
    expect([isConsistent(whole), isComplete(whole)]).toEqual([true, true]);
    const begun = ledger({ firstOffset: 2, stored: 5, rows: 5, before: { rows: 2, deadLetters: 0 } });
    for (const [logs, partitions, notes] of [
      [[LOG], [ledger()], ['sales_events-0@10-11 wait to be read']],
      [[{ ...LOG, committed: null }], [], ['sales_events-0@0-11 wait to be read']],
      [
        [{ ...LOG, end: 10 }],
        [begun],
        [
          'the ledger begins at 2; before it the log holds sales_events-0@0-1, which no counter covers',
          'below 2 there are 2 rows and 0 dead letters that no counter covers',
        ],
      ],
    ] as const) {
      const found = reported([...logs], [...partitions]);
      expect([isConsistent(found), isComplete(found)]).toEqual([true, false]);
      expect(found.partitions.flatMap((each) => each.notes)).toEqual(notes);
    }
  });

  it('is not affected by offsets that an operator passed over, which are listed', () => {
    const passed = ledger({ unreadable: { count: 2, first: 3, last: 5 } });
    const [found] = reported([{ ...LOG, end: 10 }], [passed]).partitions;
    expect(found).toMatchObject({
      problems: [],
      notes: [
        'sales_events-0@3-5 could not be read; an operator passed over 2 of these offsets, whose dead letters have no content',
      ],
    });
  });

  it('notes that only the tables cover what retention deleted', () => {
    const [found] = reported([{ ...LOG, start: 4, end: 10 }], [ledger()]).partitions;
    expect(found?.notes).toEqual(['the log no longer holds sales_events-0@0-3: only the tables record them']);
  });
});
