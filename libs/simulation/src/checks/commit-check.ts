import { partitionName, type Batch, type Coordinates, type PartitionRange } from '#pipeline';
import type { Fate } from '../kafka/partition-log.js';
import { outcomeOf, type Outcome } from '../scenario/messages.js';
import type { Scene } from '../scenario/scene.js';
import { theWorld } from '../time/world.js';
import { place } from '../warehouse/simulated-warehouse.js';
import { PublishedLetters } from './published-letters.js';

type Settled = Map<string, Outcome>;

/** Checks each batch in its COMMIT: it stores what Kafka has, exactly once, and its ledger adds up. */
export class CommitCheck {
  readonly #published: PublishedLetters;

  constructor(private readonly scene: Scene) {
    this.#published = new PublishedLetters(() => scene.deadLetterLogs);
  }

  check(batch: Batch): void {
    const settled: Settled = new Map();
    for (const { message, content } of batch.rows) this.#note(settled, message, 'row', content.toString());
    for (const { message } of batch.deadLetters) {
      this.#note(settled, message, 'letter', message.value?.toString() ?? null);
      if (!this.#published.has(message))
        fail(`the dead letter of ${text(message)} is committed before it is published`);
    }
    for (const range of batch.ranges) this.#checkRange(range, settled);
    const [outside] = settled.keys();
    if (outside !== undefined) fail(`${outside} is stored outside of the batch's ranges`);
  }

  #note(settled: Settled, message: Coordinates, outcome: Outcome, value: string | null): void {
    const { rows, letters } = this.scene.warehouse;
    const at = place(message);
    if (rows.has(at) || letters.has(at) || settled.has(at)) fail(`${text(message)} is stored twice`);
    const fate = this.#fate(message);
    const isThere = fate?.kind === 'message' && fate.openFor === null && fate.value === value;
    if (!isThere)
      fail(`${text(message)} is stored as ${outcome} with ${value ?? 'nothing'}, and is ${told(fate)}`);
    if (outcomeOf(value) !== outcome) fail(`${text(message)} with ${value ?? 'nothing'} ends as ${outcome}`);
    settled.set(at, outcome);
  }

  #checkRange(range: PartitionRange, settled: Settled): void {
    if (this.scene.heldForOperator.has(partitionName(range)))
      fail(`${partitionName(range)} is read on, although what it settled is in no warehouse`);
    const { from, to, stored, deadLettered, skipped, gaps, lost } = range;
    const sum = stored + deadLettered + skipped + gaps + lost;
    if (to <= from || to - from !== sum)
      fail(`a range of ${to - from} offsets counts ${sum}: ${JSON.stringify(range)}`);
    const counted = { row: 0, letter: 0, skipped: 0 };
    for (let offset = from; offset < to; offset += 1) {
      const message = { topic: range.topic, partition: range.partition, offset };
      const outcome = settled.get(place(message));
      settled.delete(place(message));
      counted[outcome ?? this.#outcomeWithoutRow(message)] += 1;
    }
    const isRight =
      counted.row === stored && counted.letter === deadLettered && counted.skipped === skipped + gaps + lost;
    if (!isRight) fail(`a range counts ${JSON.stringify(range)}, and holds ${JSON.stringify(counted)}`);
  }

  /** Checks an offset that the batch settles without storing anything: there must be nothing to store. */
  #outcomeWithoutRow(message: Coordinates): 'skipped' {
    const fate = this.#fate(message);
    const isStorable = fate?.kind === 'message' && fate.deletedBy === null && fate.value !== null;
    // A redriven message may be stored from another offset.
    if (fate === undefined || (isStorable && fate.redriveId === null)) {
      fail(`${text(message)} is passed over, and is ${told(fate)}`);
    }
    return 'skipped';
  }

  #fate({ partition, offset }: Coordinates): Fate | undefined {
    return this.scene.logs[partition]?.fates[offset];
  }
}

function fail(why: string): void {
  theWorld().fail(why);
}

function text({ offset, ...at }: Coordinates): string {
  return `${partitionName(at)}@${offset}`;
}

function told(fate: Fate | undefined): string {
  if (fate === undefined) return 'nothing at all';
  if (fate.kind !== 'message')
    return fate.kind === 'aborted' ? 'a message of an aborted transaction' : 'a marker';
  const value = fate.value ?? 'a tombstone';
  if (fate.openFor !== null) return `${value}, of a transaction that is not committed`;
  return fate.deletedBy === null ? value : `${value}, deleted by ${fate.deletedBy}`;
}
