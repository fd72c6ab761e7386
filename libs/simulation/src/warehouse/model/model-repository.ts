import {
  FaultError,
  partitionName,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type TopicPartition,
  type WriteResult,
} from '#pipeline';
import { theWorld } from '../../time/world.js';
import { Request, TIMEOUT_MS, type Answer } from '../request.js';
import { POISON, type WarehouseUser } from '../simulated-warehouse.js';
import type { ModelTables } from './model-tables.js';
import type { Transaction } from './row-locks.js';

/** The longest time that an abandoned session holds its locks, until the server ends it. */
const LONGEST_ABANDONED_MS = 60_000;

/** A process's way to the {@link ModelTables}: statement by statement, over a network that loses some. */
export class ModelRepository implements EventRepository {
  constructor(
    private readonly warehouse: ModelTables,
    private readonly process: WarehouseUser,
  ) {}

  async open(): Promise<Fault[]> {
    return [];
  }

  async close(): Promise<void> {
    // Nothing to release.
  }

  async otherGroups(): Promise<string[]> {
    return [];
  }

  async identity(): Promise<string> {
    return this.warehouse.identity;
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return partitions.map((partition) => this.warehouse.storedEnd(partition));
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    const claimed = await this.#ask<Checkpoint[]>('claim', (reply) => {
      reply(this.warehouse.claim(partitions));
    });
    if (claimed.isLost) throw new FaultError(fault(claimed.code));
    return claimed.value;
  }

  async write(batch: Batch): Promise<WriteResult> {
    const { warehouse } = this;
    const transaction = warehouse.openTransaction();
    const abandon = () => {
      this.#abandon(transaction);
    };
    this.process.onDeath.add(abandon);
    try {
      const result = await this.#transact(batch, transaction);
      // A failed session is discarded, with all it holds.
      if (result.kind === 'fault') abandon();
      else warehouse.end(transaction);
      if (result.kind === 'stored') warehouse.acknowledgements.note(batch, this.process.name);
      return result;
    } finally {
      this.process.onDeath.delete(abandon);
    }
  }

  async #transact(batch: Batch, transaction: Transaction): Promise<WriteResult> {
    const { warehouse } = this;
    const refused = await this.#ask<number[]>('stage', (reply) => {
      reply(batch.rows.flatMap(({ content }, index) => (content.includes(POISON) ? [index] : [])));
    });
    if (refused.isLost) return { kind: 'fault', fault: fault(refused.code) };
    if (refused.value.length > 0) {
      return { kind: 'rejected', rows: refused.value.map((index) => ({ index, reason: 'poison' })) };
    }
    const compared = await this.#ask<WriteResult | 'held'>('compare and set', (reply) => {
      warehouse.locks.take(transaction, batch.ranges.map(partitionName).sort(), (isHeld) => {
        reply(isHeld ? this.#compare(batch) : { kind: 'fault', fault: fault('SESSION_GONE') });
      });
    });
    if (compared.isLost) return { kind: 'fault', fault: fault(compared.code) };
    if (compared.value !== 'held') return compared.value;
    const committed = await this.#ask<boolean>('COMMIT', (reply) => {
      const isOpen = !transaction.isOver;
      if (isOpen) warehouse.commit(batch, transaction);
      reply(isOpen);
    });
    if (committed.isLost) return { kind: 'fault', fault: fault(committed.code) };
    return committed.value
      ? { kind: 'stored', seconds: 0.1 }
      : { kind: 'fault', fault: fault('SESSION_GONE') };
  }

  #compare(batch: Batch): WriteResult | 'held' {
    const indexes = this.warehouse.alreadyStored(batch);
    if (indexes.length > 0) return { kind: 'already-stored', indexes };
    const checkpoints = this.warehouse.moved(batch);
    if (checkpoints === null)
      return { kind: 'fault', fault: { ...fault('CHECKPOINT_MISSING'), class: 'setup' } };
    if (checkpoints.length === 0) return 'held';
    this.warehouse.acknowledgements.check(checkpoints, this.process.name);
    return { kind: 'stale', checkpoints };
  }

  /** A session that waits for a lock is ended by its watchdog; one that holds locks, later, by the server. */
  #abandon(transaction: Transaction): void {
    const world = theWorld();
    const isHolder = this.warehouse.locks.isHolder(transaction);
    const ms = !isHolder || world.random.chance(0.5) ? 10 : world.random.next() * LONGEST_ABANDONED_MS;
    world.after(
      ms,
      () => {
        this.warehouse.end(transaction);
      },
      null,
    );
  }

  #ask<T>(what: string, run: (reply: (value: T) => void) => void): Promise<Answer<T>> {
    return new Request(what, this.process, this.warehouse.conditions, TIMEOUT_MS).ask(run);
  }
}

function fault(code: string): Fault {
  return { class: 'transient', code, message: `The simulated warehouse: ${code}`, remedy: null };
}

/** Receives the next batch while it writes one, like the Snowflake repository. */
export class PreparingRepository extends ModelRepository {
  prepare({ ranges }: Batch): void {
    theWorld().tell(`prepares a batch of ${ranges.length} partitions`);
  }
}
