import { closeLedger, type Books, type Checkpoint } from './ledger.js';

const NOTHING: Books = {
  logStarts: new Map(),
  logEnds: new Map(),
  checkpoints: new Map(),
  rows: 0,
  doubles: 0,
  deadLetters: new Map(),
  redriven: new Map(),
};

/** From offset 0 on; what is not named is stored. */
function checkpoint(next: number, others: Partial<Checkpoint> = {}): Checkpoint {
  const { deadLettered = 0, skipped = 0, gaps = 0, lost = 0 } = others;
  const stored = next - deadLettered - skipped - gaps - lost;
  return { first: 0, next, stored, deadLettered, skipped, gaps, lost, ...others };
}

const BEFORE: Books = {
  logStarts: new Map(),
  logEnds: new Map([
    [0, 100],
    [1, 50],
  ]),
  checkpoints: new Map([
    [0, checkpoint(100)],
    [1, checkpoint(50, { deadLettered: 2 })],
  ]),
  rows: 148,
  doubles: 0,
  deadLetters: new Map([['json_decode', 2]]),
  redriven: new Map(),
};
const AFTER: Books = {
  logStarts: new Map(),
  logEnds: new Map([
    [0, 160],
    [1, 90],
  ]),
  checkpoints: new Map([
    [0, checkpoint(160, { skipped: 1 })],
    [1, checkpoint(90, { deadLettered: 5 })],
  ]),
  rows: 244,
  doubles: 0,
  deadLetters: new Map([
    ['json_decode', 4],
    ['invalid_schema', 1],
  ]),
  redriven: new Map(),
};
const PRODUCED = {
  acknowledged: 100,
  expected: { stored: 96, skipped: 1, json_decode: 2, invalid_schema: 1 },
};

describe('closeLedger', () => {
  it('adds up what was produced and what became of it, in this run and in all', () => {
    const ledger = closeLedger(BEFORE, AFTER, PRODUCED);
    expect(ledger.thisRun).toEqual({
      produced: 100,
      redriven: new Map(),
      waiting: 0,
      stored: 96,
      deadLetters: new Map([
        ['json_decode', 2],
        ['invalid_schema', 1],
      ]),
      skipped: 1,
      gaps: 0,
      lost: 0,
      left: 0,
    });
    expect(ledger.inAll).toMatchObject({ produced: 250, stored: 244, skipped: 1, left: 0 });
    expect(ledger.differences).toEqual([]);
  });

  it('begins with nothing', () => {
    const produced = {
      acknowledged: 250,
      expected: { stored: 244, skipped: 1, json_decode: 4, invalid_schema: 1 },
    };
    const ledger = closeLedger(NOTHING, AFTER, produced);
    expect(ledger.thisRun).toEqual(ledger.inAll);
    expect(ledger.differences).toEqual([]);
  });

  it('counts what an operator sent again apart from what the producer sent', () => {
    const producer = {
      acknowledged: 97,
      expected: { stored: 94, skipped: 1, json_decode: 1, invalid_schema: 1 },
    };
    const redriven = new Map([
      ['stored', 2],
      ['json_decode', 1],
    ]);
    const ledger = closeLedger(BEFORE, { ...AFTER, redriven }, producer);
    expect(ledger.differences).toEqual([]);
    expect(ledger.thisRun).toMatchObject({ produced: 100, redriven });
    // Those of the run before count for that one.
    expect(closeLedger({ ...BEFORE, redriven }, { ...AFTER, redriven }, producer).differences).toEqual([
      expect.stringMatching(/^The producer counts 97 acknowledged, and Kafka's log has grown by 100:/),
    ]);
  });

  it('says what Kafka holds before the ledger begins', () => {
    const late = {
      ...AFTER,
      logStarts: new Map([
        [0, 3],
        [1, 0],
      ]),
      checkpoints: new Map([
        [0, { ...checkpoint(160), first: 3 }],
        [1, { ...checkpoint(90), first: 20 }],
      ]),
    };
    expect(closeLedger(BEFORE, AFTER, PRODUCED).before).toEqual([]);
    expect(closeLedger(BEFORE, late, PRODUCED).before).toEqual([{ partition: 1, first: 0, last: 19 }]);
  });

  it('counts what a killed run left as waiting, and settled by this one', () => {
    const before = {
      ...BEFORE,
      checkpoints: new Map([[0, checkpoint(90)]]),
      rows: 90,
      deadLetters: new Map<string, number>(),
    };
    const ledger = closeLedger(before, AFTER, PRODUCED);
    expect(ledger.thisRun).toMatchObject({ produced: 100, waiting: 60, stored: 154 });
    expect(ledger.differences).toEqual([]);
  });

  it.each<[string, Partial<Books>, string]>([
    [
      'a missing row',
      { rows: 243 },
      'This run: 1 message missing: neither stored, nor dead-lettered, nor left to settle.',
    ],
    [
      'rows that the checkpoints do not know',
      { rows: 245 },
      'RAW_EVENTS_STREAM holds 245 rows, the checkpoints count 244.',
    ],
    ['a double', { doubles: 1 }, '1 duplicate row in RAW_EVENTS_STREAM.'],
    [
      'a missing dead letter',
      { deadLetters: new Map([['json_decode', 4]]) },
      'SALES_EVENTS_DLQ holds 4 rows, the checkpoints count 5.',
    ],
    [
      'a dead letter with another reason',
      {
        deadLetters: new Map([
          ['json_decode', 3],
          ['invalid_schema', 2],
        ]),
      },
      'json_decode: 2 produced, 1 found.',
    ],
    [
      'what is left',
      { checkpoints: new Map([...AFTER.checkpoints, [1, checkpoint(80, { deadLettered: 5 })]]), rows: 234 },
      '10 messages not settled yet; the next npm start continues with them.',
    ],
    [
      'what retention took',
      {
        checkpoints: new Map([...AFTER.checkpoints, [0, checkpoint(160, { skipped: 1, lost: 2 })]]),
        rows: 242,
      },
      '2 messages lost: retention deleted them unread.',
    ],
    [
      'a checkpoint whose counters are wrong',
      {
        checkpoints: new Map([
          ...AFTER.checkpoints,
          [0, checkpoint(160, { skipped: 1, gaps: -1, stored: 159 })],
        ]),
      },
      'Partition 0: its checkpoint and its counters disagree.',
    ],
    [
      'messages that the producer does not know of',
      {
        logEnds: new Map([
          [0, 161],
          [1, 90],
        ]),
      },
      "The producer counts 100 acknowledged, and Kafka's log has grown by 101: " +
        'another producer was running, or an acknowledgement was lost.',
    ],
  ])('says of %s what differs', (_, change, difference) => {
    expect(closeLedger(BEFORE, { ...AFTER, ...change }, PRODUCED).differences).toContain(difference);
  });
});
