import { count, counted, total } from '#terminal';

/** How far the warehouse is in a partition, and what came of the offsets from `first` to `next`. */
export interface Checkpoint {
  first: number;
  next: number;
  stored: number;
  deadLettered: number;
  skipped: number;
  gaps: number;
  lost: number;
}

/** What Kafka and the warehouse hold at a moment. */
export interface Books {
  /** By partition, the first offset that Kafka still holds. */
  logStarts: ReadonlyMap<number, number>;
  /** By partition, the offset that the next message will have. */
  logEnds: ReadonlyMap<number, number>;
  /** By partition. */
  checkpoints: ReadonlyMap<number, Checkpoint>;
  /** In RAW_EVENTS_STREAM. */
  rows: number;
  /** Rows there that stand for a message that has a row already. */
  doubles: number;
  /** Rows in SALES_EVENTS_DLQ by error type. */
  deadLetters: ReadonlyMap<string, number>;
  /** What came of the messages that an operator sent again: `stored`, or the error type of a further dead letter. */
  redriven: ReadonlyMap<string, number>;
}

/** What the producer says about this run. */
export interface Produced {
  acknowledged: number;
  /** What is to come of them: `stored`, `skipped`, or the error type of a dead letter. */
  expected: Readonly<Record<string, number>>;
}

/** One column of the ledger: produced + waiting = stored + dead letters + skipped + gaps + lost + left. */
export interface Account {
  /** Messages that came into the topic, by Kafka's own log ends. */
  produced: number;
  /** Those of them that an operator sent, by what came of them. */
  redriven: Map<string, number>;
  /** Messages that were in the topic before and not settled. */
  waiting: number;
  /** Rows. */
  stored: number;
  /** Rows, by error type. */
  deadLetters: Map<string, number>;
  skipped: number;
  gaps: number;
  lost: number;
  /** Messages that are in the topic and not settled. */
  left: number;
}

/** Offsets that Kafka holds and the ledger does not, both ends included. */
export interface BeforeLedger {
  partition: number;
  first: number;
  last: number;
}

export interface Ledger {
  thisRun: Account;
  /** Since the ledger of each partition began. */
  inAll: Account;
  /** What lies before that; none where the ledger covers all that Kafka holds. */
  before: BeforeLedger[];
  /** What does not add up, a sentence each; none means that all is well. */
  differences: string[];
}

/** Compares what was produced with what has become of it, from the books before the run and after it. */
export function closeLedger(before: Books, after: Books, producer: Produced): Ledger {
  const inAll = accountInAll(after);
  const thisRun = accountOfRun(before, after, inAll);
  return {
    thisRun,
    inAll,
    before: beforeLedger(after),
    differences: [
      ...againstProducer(thisRun, producer),
      ...againstCheckpoints(after),
      ...(imbalance(thisRun) === 0 ? [] : [imbalanceText('This run', imbalance(thisRun))]),
      ...(imbalance(inAll) === 0 ? [] : [imbalanceText('In all', imbalance(inAll))]),
      ...(after.doubles === 0 ? [] : [`${counted(after.doubles, 'duplicate row')} in RAW_EVENTS_STREAM.`]),
      ...(inAll.lost === 0 ? [] : [`${counted(inAll.lost, 'message')} lost: retention deleted them unread.`]),
      ...(inAll.left === 0
        ? []
        : [`${counted(inAll.left, 'message')} not settled yet; the next npm start continues with them.`]),
    ],
  };
}

function accountInAll(books: Books): Account {
  const checkpoints = [...books.checkpoints.values()];
  return {
    produced: sum(
      books.logEnds,
      ([partition, end]) => end - (books.checkpoints.get(partition)?.first ?? startOf(books, partition)),
    ),
    redriven: new Map(books.redriven),
    waiting: 0,
    stored: books.rows,
    deadLetters: new Map(books.deadLetters),
    skipped: sum(checkpoints, ({ skipped }) => skipped),
    gaps: sum(checkpoints, ({ gaps }) => gaps),
    lost: sum(checkpoints, ({ lost }) => lost),
    left: sum(
      books.logEnds,
      ([partition, end]) => end - (books.checkpoints.get(partition)?.next ?? startOf(books, partition)),
    ),
  };
}

function accountOfRun(before: Books, after: Books, inAll: Account): Account {
  const { stored, deadLetters, redriven, skipped, gaps, lost } = accountInAll(before);
  const settledBefore = (partition: number) =>
    before.checkpoints.get(partition)?.next ??
    after.checkpoints.get(partition)?.first ??
    startOf(before, partition);
  return {
    produced: total(after.logEnds) - total(before.logEnds),
    redriven: difference(inAll.redriven, redriven),
    waiting: sum(before.logEnds, ([partition, end]) => end - settledBefore(partition)),
    stored: inAll.stored - stored,
    deadLetters: difference(inAll.deadLetters, deadLetters),
    skipped: inAll.skipped - skipped,
    gaps: inAll.gaps - gaps,
    lost: inAll.lost - lost,
    left: inAll.left,
  };
}

function difference(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const kinds = new Set([...before.keys(), ...after.keys()]);
  return new Map([...kinds].map((kind) => [kind, (after.get(kind) ?? 0) - (before.get(kind) ?? 0)]));
}

function startOf({ logStarts }: Books, partition: number): number {
  return logStarts.get(partition) ?? 0;
}

function beforeLedger(books: Books): BeforeLedger[] {
  return [...books.checkpoints]
    .map(([partition, { first }]) => ({ partition, first: startOf(books, partition), last: first - 1 }))
    .filter(({ first, last }) => first <= last);
}

function againstProducer(run: Account, { acknowledged, expected }: Produced): string[] {
  const redriven = total(run.redriven);
  if (acknowledged + redriven !== run.produced) {
    const sent = redriven === 0 ? '' : `an operator sent ${count(redriven)} again, `;
    return [
      `The producer counts ${count(acknowledged)} acknowledged, ${sent}and Kafka's log has grown by ${count(run.produced)}: ` +
        'another producer was running, or an acknowledgement was lost.',
    ];
  }
  if (run.waiting > 0 || run.left > 0) return [];
  const found = new Map([...run.deadLetters, ['stored', run.stored], ['skipped', run.skipped]]);
  const kinds = new Set([...Object.keys(expected), ...found.keys()]);
  const sent = (kind: string) => (expected[kind] ?? 0) + (run.redriven.get(kind) ?? 0);
  return [...kinds]
    .filter((kind) => sent(kind) !== (found.get(kind) ?? 0))
    .map((kind) => `${kind}: ${count(sent(kind))} produced, ${count(found.get(kind) ?? 0)} found.`);
}

function againstCheckpoints(books: Books): string[] {
  const checkpoints = [...books.checkpoints.values()];
  const stored = sum(checkpoints, (checkpoint) => checkpoint.stored);
  const deadLettered = sum(checkpoints, (checkpoint) => checkpoint.deadLettered);
  const differences = [...books.checkpoints]
    .filter(([, { first, next, ...counters }]) => next - first !== sum(Object.values(counters), (n) => n))
    .map(([partition]) => `Partition ${partition}: its checkpoint and its counters disagree.`);
  if (stored !== books.rows) {
    differences.push(
      `RAW_EVENTS_STREAM holds ${counted(books.rows, 'row')}, the checkpoints count ${count(stored)}.`,
    );
  }
  const letters = total(books.deadLetters);
  if (deadLettered !== letters) {
    differences.push(
      `SALES_EVENTS_DLQ holds ${counted(letters, 'row')}, the checkpoints count ${count(deadLettered)}.`,
    );
  }
  return differences;
}

/** How many messages have no outcome; negative if there are more outcomes than messages. */
function imbalance({ produced, waiting, stored, deadLetters, skipped, gaps, lost, left }: Account): number {
  return produced + waiting - stored - total(deadLetters) - skipped - gaps - lost - left;
}

function imbalanceText(where: string, by: number): string {
  return by > 0
    ? `${where}: ${counted(by, 'message')} missing: neither stored, nor dead-lettered, nor left to settle.`
    : `${where}: ${counted(-by, 'row')} too many for the messages.`;
}

function sum<T>(values: Iterable<T>, number: (value: T) => number): number {
  let result = 0;
  for (const value of values) result += number(value);
  return result;
}
