import type { Checkpoint } from '#pipeline';
import {
  spotName,
  type Books,
  type LoggedMessage,
  type Spot,
  type StoredEvent,
  type StoredLetter,
} from './books.js';

export interface Reconciliation {
  /** What is not as promised, a sentence each; none means that every promise was kept. */
  problems: string[];
  figures: {
    /** Records of the topic. */
    messages: number;
    acknowledged: number;
    rows: number;
    deadLetters: number;
    skipped: number;
    /** Rows of either table beyond the first one of a message. */
    duplicates: number;
    /** Messages of the topic of which there is neither row nor dead letter, though there should be. */
    lost: number;
    /** Records of the dead-letter topic beyond the first one of a message, which is allowed. */
    publishedAgain: number;
  };
}

/** Compares what Kafka holds with what has become of it. */
export function reconcile(books: Books): Reconciliation {
  const rows = bySpot(books.rows);
  const letters = bySpot(books.deadLetters);
  const problems = [...againstLog(books)];
  const figures = {
    messages: books.log.length,
    acknowledged: books.acknowledged.length,
    rows: books.rows.length,
    deadLetters: books.deadLetters.length,
    skipped: 0,
    duplicates: 0,
    lost: 0,
    publishedAgain: books.published.length - bySpot(books.published).size,
  };
  for (const message of books.log) {
    const name = spotName(message);
    const itsRows = rows.get(name) ?? [];
    const itsLetters = letters.get(name) ?? [];
    const count = itsRows.length + itsLetters.length;
    const expected = books.expected.get(message.bytes);
    if (expected === 'skipped') figures.skipped += 1;
    if (expected !== 'skipped' && count === 0) figures.lost += 1;
    figures.duplicates += Math.max(0, count - 1);
    const fate =
      expected === undefined ? 'was sent by nobody' : wrongFate(expected, message, itsRows, itsLetters);
    if (fate !== null) problems.push(`Message ${name} ${fate}.`);
    rows.delete(name);
    letters.delete(name);
  }
  for (const name of rows.keys())
    problems.push(`RAW_EVENTS_STREAM has a row of ${name}, where no message is.`);
  for (const name of letters.keys())
    problems.push(`SALES_EVENTS_DLQ has a row of ${name}, where no message is.`);
  problems.push(...againstDeadLetterTopic(books), ...againstCheckpoints(books));
  return { problems, figures };
}

/** What Kafka acknowledged, Kafka must have. */
function* againstLog({ log, acknowledged }: Books): Generator<string> {
  const logged = bySpot(log);
  for (const message of acknowledged) {
    const found = logged.get(spotName(message))?.[0];
    if (found === undefined) yield `Kafka acknowledged ${spotName(message)} and does not have it.`;
    else if (found.bytes !== message.bytes)
      yield `Kafka has another value at ${spotName(message)} than it acknowledged.`;
  }
}

/** What is wrong with what became of a message, as the rest of a sentence; null where nothing is. */
function wrongFate(
  expected: string,
  message: LoggedMessage,
  rows: readonly StoredEvent[],
  letters: readonly StoredLetter[],
): string | null {
  const [row] = rows;
  const [letter] = letters;
  const found = `${rows.length} times in RAW_EVENTS_STREAM and ${letters.length} times in SALES_EVENTS_DLQ`;
  if (rows.length + letters.length > 1) return `is there more than once: ${found}`;
  if (expected === 'skipped') return (row ?? letter) ? `is to be skipped and is ${found}` : null;
  if (row === undefined && letter === undefined) return 'is lost: it is in no table';
  if (expected === 'stored') {
    if (row === undefined) return `is to be stored and is a dead letter: ${letter?.errorType ?? ''}`;
    return row.content === message.content ? null : 'is stored with the content of another';
  }
  if (letter === undefined) return `is to be a dead letter (${expected}) and is stored`;
  if (letter.errorType !== expected)
    return `is a dead letter for ${letter.errorType} and not for ${expected}`;
  return letter.bytes === message.bytes ? null : 'is a dead letter with the value of another';
}

/** Every dead letter is in its topic, once at least, and nothing else is. */
function* againstDeadLetterTopic({ deadLetters, published }: Books): Generator<string> {
  const inTopic = bySpot(published);
  const inTable = bySpot(deadLetters);
  for (const [name, [letter]] of inTable) {
    const copies = inTopic.get(name) ?? [];
    if (copies.length === 0) yield `The dead letter of ${name} is not in the dead-letter topic.`;
    if (copies.some(({ bytes }) => bytes !== null && bytes !== letter.bytes)) {
      yield `The dead letter of ${name} has another value in the dead-letter topic.`;
    }
  }
  for (const name of inTopic.keys()) {
    if (!inTable.has(name))
      yield `The dead-letter topic has a letter of ${name}, and SALES_EVENTS_DLQ has none.`;
  }
}

function* againstCheckpoints(books: Books): Generator<string> {
  const checkpoints = new Map(books.checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint]));
  if (checkpoints.size !== books.checkpoints.length) yield 'A partition has more than one checkpoint.';
  for (const [partition, logEnd] of books.logEnds) {
    const checkpoint = checkpoints.get(partition);
    if (checkpoint === undefined) {
      yield `Partition ${partition} has no checkpoint.`;
      continue;
    }
    const of = `The checkpoint of partition ${partition}`;
    const { firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost } = checkpoint;
    if (firstOffset !== 0) yield `${of} begins at ${firstOffset} and not at 0.`;
    if (nextOffset !== logEnd) yield `${of} is ${nextOffset}, and the log ends at ${logEnd}.`;
    if (nextOffset - firstOffset !== stored + deadLettered + skipped + gaps + lost) {
      yield `${of} does not add up: ${JSON.stringify(checkpoint)}.`;
    }
    for (const [counter, counted] of Object.entries(countsOf(books, checkpoint, logEnd))) {
      const said = checkpoint[counter as keyof Counters];
      if (said !== counted) yield `${of} counts ${said} ${counter}, and there are ${counted}.`;
    }
    const committed = books.committed.get(partition) ?? 0;
    if (committed > nextOffset)
      yield `${of} is ${nextOffset}, and offset ${committed} is committed to Kafka.`;
  }
}

type Counters = Pick<Checkpoint, 'stored' | 'deadLettered' | 'skipped' | 'gaps' | 'lost'>;

function countsOf(books: Books, { partition }: Checkpoint, logEnd: number): Counters {
  const ofPartition = (spot: Spot) => spot.partition === partition;
  const messages = books.log.filter(ofPartition);
  return {
    stored: books.rows.filter(ofPartition).length,
    deadLettered: books.deadLetters.filter(ofPartition).length,
    skipped: messages.filter(({ bytes }) => books.expected.get(bytes) === 'skipped').length,
    gaps: logEnd - messages.length,
    lost: 0,
  };
}

function bySpot<T extends Spot>(spots: readonly T[]): Map<string, [T, ...T[]]> {
  const found = new Map<string, [T, ...T[]]>();
  for (const spot of spots) {
    const others = found.get(spotName(spot));
    if (others === undefined) found.set(spotName(spot), [spot]);
    else others.push(spot);
  }
  return found;
}
