import {
  partitionName,
  settledBy,
  type Batch,
  type Checkpoint,
  type Coordinates,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import { Acknowledgements } from '../acknowledgements.js';
import { FAIR, type Conditions } from '../conditions.js';
import { place, type SimulatedWarehouse } from '../simulated-warehouse.js';
import { RowLocks, type Transaction } from './row-locks.js';

const NOTHING_YET = { stored: 0, deadLettered: 0, skipped: 0, gaps: 0, lost: 0, lastTimestampMs: null };

/** What the port EventRepository promises, in memory: transactions, row locks, and the compare-and-set of checkpoints. */
export class ModelTables implements Omit<SimulatedWarehouse, 'repository'> {
  readonly acknowledgements = new Acknowledgements();
  readonly conditions: Conditions = { ...FAIR };
  readonly locks = new RowLocks();
  readonly checkpoints = new Map<string, Checkpoint>();
  readonly rows = new Map<string, Coordinates>();
  readonly letters = new Map<string, Coordinates>();
  commits = 0;
  lost: ReadonlyMap<string, Checkpoint> | null = null;
  /** Called in every COMMIT, before it can be seen. */
  onCommit: (batch: Batch) => void = () => undefined;
  /** Where each redriven dead letter was stored. */
  readonly #redriven = new Map<string, string>();
  readonly #open = new Set<Transaction>();

  async begin(): Promise<void> {
    // It has no tables.
  }

  claim(partitions: PartitionStart[]): Checkpoint[] {
    return partitions.flatMap(({ topic, partition, startOffset, requiredOffset = 0 }) => {
      const known = this.checkpoints.get(partitionName({ topic, partition }));
      if (known !== undefined) return known;
      const stored = this.storedEnd({ topic, partition });
      if (stored < requiredOffset) return [];
      const from = Math.max(startOffset, stored);
      const made = { topic, partition, firstOffset: from, nextOffset: from, ...NOTHING_YET };
      this.checkpoints.set(partitionName(made), made);
      return made;
    });
  }

  get identity(): string {
    return this.lost === null ? 'model' : 'model made anew';
  }

  lose(): void {
    this.lost = new Map(this.checkpoints);
    for (const contents of [this.checkpoints, this.rows, this.letters, this.#redriven]) contents.clear();
    for (const transaction of [...this.#open]) this.end(transaction);
  }

  openTransaction(): Transaction {
    const transaction = { isOver: false };
    this.#open.add(transaction);
    return transaction;
  }

  /** The offset after the highest that is stored. */
  storedEnd({ topic, partition }: TopicPartition): number {
    const own = [...this.rows.values()].filter((row) => row.topic === topic && row.partition === partition);
    return own.reduce((highest, { offset }) => Math.max(highest, offset + 1), 0);
  }

  /** The checkpoints that are not where the batch starts; null where one is missing. */
  moved({ ranges }: Batch): Checkpoint[] | null {
    const found = ranges.map((range) => ({ range, checkpoint: this.checkpoints.get(partitionName(range)) }));
    if (found.some(({ checkpoint }) => checkpoint === undefined)) return null;
    return found.flatMap(({ range, checkpoint }) =>
      checkpoint === undefined || checkpoint.nextOffset === range.from ? [] : [checkpoint],
    );
  }

  /** The rows of the batch that are redriven and stored already, by their places in it. */
  alreadyStored({ rows }: Batch): number[] {
    const here = new Map<string, string>();
    return rows.flatMap(({ redriveId, message }, index) => {
      if (redriveId === null) return [];
      const at = this.#redriven.get(redriveId) ?? here.get(redriveId);
      here.set(redriveId, at ?? place(message));
      return at === undefined || at === place(message) ? [] : [index];
    });
  }

  commit(batch: Batch, transaction: Transaction): void {
    this.onCommit(batch);
    for (const { message, redriveId } of batch.rows) {
      this.rows.set(place(message), message);
      if (redriveId !== null) this.#redriven.set(redriveId, place(message));
    }
    for (const { message } of batch.deadLetters) this.letters.set(place(message), message);
    for (const range of batch.ranges) {
      const before = this.checkpoints.get(partitionName(range));
      if (before === undefined) continue;
      this.checkpoints.set(partitionName(range), settledBy(before, range));
    }
    this.commits += 1;
    this.end(transaction);
  }

  end(transaction: Transaction): void {
    if (transaction.isOver) return;
    transaction.isOver = true;
    this.#open.delete(transaction);
    this.locks.release(transaction);
  }
}
