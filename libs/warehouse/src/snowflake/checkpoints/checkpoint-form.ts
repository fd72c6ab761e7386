import type { PartitionRange, PartitionStart, TopicPartition } from '#pipeline';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import type { HeldCheckpoint } from './checkpoints.js';

/** A partition without a checkpoint, and the offset after its highest stored one, unless that is too low to matter. */
export interface MissingStart extends PartitionStart {
  storedEnd: number;
}

/** What a claim brings to its owner. */
export interface Gathering {
  consumerGroup: string;
  partitions: readonly TopicPartition[];
  /** To be created if no table has them, unless what is stored does not reach their required offset. */
  missing: readonly MissingStart[];
  /** Whether the owner had them before; it then keeps its table. */
  isReturn: boolean;
}

/** Binds of a rehearsal: nothing is staged under this mark, so nothing is written. */
export const NOTHING = { mark: '', rows: '[]', group: '' } as const;

/**
 * How the checkpoints are kept: in standard tables, whose lock covers the whole table, or in a hybrid table, which locks
 * rows. In either form a transaction locks, then compares and sets, then commits.
 */
export interface CheckpointForm {
  readonly kind: 'standard' | 'hybrid';
  /** The tables that hold checkpoints. The first one has the row of the common lock. */
  readonly tables: readonly string[];

  /** Sets the parameters that a session needs for this form. */
  prepare(session: SnowflakeSession): Promise<void>;

  /**
   * Takes the lock that every claim takes which creates or moves rows.
   *
   * @throws SnowflakeError; FaultError if its row is missing or duplicated
   */
  takeCommonLock(session: SnowflakeSession): Promise<void>;

  /**
   * Locks the checkpoints of these partitions until COMMIT or ROLLBACK, so that the following statements begin after every
   * other owner has committed.
   *
   * @param also whether to take the common lock too
   * @throws SnowflakeError, FaultError
   */
  lock(
    session: SnowflakeSession,
    consumerGroup: string,
    partitions: readonly TopicPartition[],
    also: { common: boolean },
  ): Promise<void>;

  /**
   * Takes the common lock and locks these checkpoints, in whichever table they are. Returns those that exist, by partition.
   *
   * @throws SnowflakeError, FaultError
   */
  lockAndRead(
    session: SnowflakeSession,
    consumerGroup: string,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, HeldCheckpoint>>;

  /** Moves the locked checkpoints. Returns whether all of them were where the ranges begin. */
  advance(
    session: SnowflakeSession,
    consumerGroup: string,
    ranges: readonly PartitionRange[],
    mark: string,
  ): Promise<boolean>;

  /** The same form after another lookup of its tables. */
  with(tables: readonly string[]): CheckpointForm;

  /** The form as the owner of these partitions uses it. */
  ownedBy(partitions: readonly TopicPartition[]): CheckpointForm;

  /** Whether the owner's batches can move a row of this table. */
  isOwn(table: string): boolean;

  /**
   * Creates missing checkpoints and brings the others to their owner, in a transaction of its own. Returns the form with
   * the tables that were found under the lock.
   *
   * @throws SnowflakeError, FaultError
   */
  gather(session: SnowflakeSession, gathering: Gathering): Promise<CheckpointForm>;

  /** The form's statements with nothing to change, to find missing privileges. */
  rehearsals(session: SnowflakeSession): (() => Promise<unknown>)[];

  /**
   * Ends transactions of killed processes after a statement has waited too long.
   *
   * @throws SnowflakeError if the session is no longer usable
   */
  endAbandoned(session: SnowflakeSession, heldForSeconds: number): Promise<void>;
}
