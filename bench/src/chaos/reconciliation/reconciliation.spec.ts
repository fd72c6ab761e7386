import type { Books } from './books.js';
import { bytesFingerprint, contentFingerprint } from '../../warehouses/fingerprint.js';
import { reconcile } from './reconciliation.js';

const GOOD = '{"a":1,"b":[{"c":2}]}';
const OTHER = '{"a":2}';
const bytes = (text: string) => bytesFingerprint(Buffer.from(text));
const event = (offset: number, text: string) => ({
  partition: 0,
  offset,
  content: contentFingerprint(text),
  atMs: 0,
});
const letter = (offset: number, text: string) => ({
  partition: 0,
  offset,
  errorType: 'json_decode',
  bytes: bytes(text),
  atMs: 0,
});

/** Offset 0 stored, 1 dead-lettered, 2 a tombstone, 3 stored though it was never acknowledged, 4 Kafka's own. */
function books(over: Partial<Books> = {}): Books {
  const log = [GOOD, 'bad', null, OTHER].map((text, offset) => ({
    partition: 0,
    offset,
    bytes: bytesFingerprint(text === null ? null : Buffer.from(text)),
    content: text === null || text === 'bad' ? null : contentFingerprint(text),
  }));
  return {
    log,
    logEnds: new Map([[0, 5]]),
    acknowledged: log.slice(0, 3),
    expected: new Map([
      [bytes(GOOD), 'stored'],
      [bytes(OTHER), 'stored'],
      [bytes('bad'), 'json_decode'],
      ['tombstone', 'skipped'],
    ]),
    rows: [event(0, '{"b":[{"c":2}],"a":1}'), event(3, OTHER)],
    deadLetters: [letter(1, 'bad')],
    published: [letter(1, 'bad'), letter(1, 'bad')],
    checkpoints: [
      {
        topic: 't',
        partition: 0,
        firstOffset: 0,
        nextOffset: 5,
        stored: 2,
        deadLettered: 1,
        skipped: 1,
        gaps: 1,
        lost: 0,
        lastTimestampMs: null,
      },
    ],
    committed: new Map([[0, 5]]),
    ...over,
  };
}

const checkpoint = (over: Partial<Books['checkpoints'][number]>) => ({
  checkpoints: books().checkpoints.map((each) => ({ ...each, ...over })),
});

describe('the reconciliation of a chaos run', () => {
  it('finds nothing where every message ended once, and counts', () => {
    expect(reconcile(books())).toEqual({
      problems: [],
      figures: {
        messages: 4,
        acknowledged: 3,
        rows: 2,
        deadLetters: 1,
        skipped: 1,
        duplicates: 0,
        lost: 0,
        publishedAgain: 1,
      },
    });
  });

  it.each<[string, Partial<Books>, string]>([
    ['a lost row', { rows: [event(0, GOOD)] }, 'Message 0@3 is lost: it is in no table.'],
    ['a lost dead letter', { deadLetters: [] }, 'Message 0@1 is lost: it is in no table.'],
    [
      'a doubled row',
      { rows: [event(0, GOOD), event(0, GOOD), event(3, OTHER)] },
      'Message 0@0 is there more than once: 2 times in RAW_EVENTS_STREAM and 0 times in SALES_EVENTS_DLQ.',
    ],
    [
      'a message in both tables',
      { rows: [...books().rows, event(1, OTHER)] },
      'Message 0@1 is there more than once: 1 times in RAW_EVENTS_STREAM and 1 times in SALES_EVENTS_DLQ.',
    ],
    [
      'a wrong row',
      { rows: [event(0, OTHER), event(3, OTHER)] },
      'Message 0@0 is stored with the content of another.',
    ],
    [
      'a stored tombstone',
      { rows: [...books().rows, event(2, OTHER)] },
      'Message 0@2 is to be skipped and is 1 times in RAW_EVENTS_STREAM and 0 times in SALES_EVENTS_DLQ.',
    ],
    [
      'a row of no message',
      { rows: [...books().rows, event(9, GOOD)] },
      'RAW_EVENTS_STREAM has a row of 0@9, where no message is.',
    ],
    [
      'a wrong dead letter',
      { deadLetters: [letter(1, 'evil')] },
      'Message 0@1 is a dead letter with the value of another.',
    ],
    [
      'a dead letter for another reason',
      { deadLetters: [{ ...letter(1, 'bad'), errorType: 'too_large' }] },
      'Message 0@1 is a dead letter for too_large and not for json_decode.',
    ],
    [
      'a good event among the dead letters',
      { rows: [event(0, GOOD)], deadLetters: [letter(1, 'bad'), letter(3, OTHER)] },
      'Message 0@3 is to be stored and is a dead letter: json_decode.',
    ],
    [
      'an unpublished dead letter',
      { published: [] },
      'The dead letter of 0@1 is not in the dead-letter topic.',
    ],
    [
      'a published letter with another value',
      { published: [letter(1, 'evil')] },
      'The dead letter of 0@1 has another value in the dead-letter topic.',
    ],
    [
      'a published letter of a stored event',
      { published: [letter(1, 'bad'), letter(3, OTHER)] },
      'The dead-letter topic has a letter of 0@3, and SALES_EVENTS_DLQ has none.',
    ],
    ['a message that nobody sent', { expected: new Map() }, 'Message 0@0 was sent by nobody.'],
    [
      'an acknowledged message that Kafka lost',
      { log: books().log.slice(1) },
      'Kafka acknowledged 0@0 and does not have it.',
    ],
    ['lag', { logEnds: new Map([[0, 6]]) }, 'The checkpoint of partition 0 is 5, and the log ends at 6.'],
    [
      'a checkpoint that does not add up',
      checkpoint({ gaps: 0 }),
      'The checkpoint of partition 0 does not add up',
    ],
    [
      'a wrong counter',
      checkpoint({ stored: 1, skipped: 2 }),
      'The checkpoint of partition 0 counts 1 stored, and there are 2.',
    ],
    ['a missing checkpoint', { checkpoints: [] }, 'Partition 0 has no checkpoint.'],
    [
      'a doubled checkpoint',
      { checkpoints: [...books().checkpoints, ...books().checkpoints] },
      'A partition has more than one checkpoint.',
    ],
    [
      'an offset committed too early',
      { committed: new Map([[0, 6]]) },
      'The checkpoint of partition 0 is 5, and offset 6 is committed to Kafka.',
    ],
  ])('finds %s', (_, over, problem) => {
    expect(reconcile(books(over)).problems).toContainEqual(expect.stringContaining(problem));
  });

  it('counts what is lost and what is double', () => {
    const { figures } = reconcile(books({ rows: [event(0, GOOD), event(0, GOOD), event(0, GOOD)] }));
    expect(figures).toMatchObject({ duplicates: 2, lost: 1 });
  });
});
