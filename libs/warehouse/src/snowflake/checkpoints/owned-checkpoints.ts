import {
  partitionName,
  type Checkpoint,
  type PartitionRange,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import { checkpointInUse } from '../../checkpoint-faults.js';
import { listCheckpointTables, ONE_TABLE, tableOf, type CheckpointTables } from './checkpoint-tables.js';
import { ofEach, otherGroups, readCheckpoints, type HeldCheckpoint } from './checkpoints.js';
import { gather, startsOf } from './checkpoint-claiming.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

/**
 * The checkpoints of a consumer group that one process owns. It brings them into one table, so that its batches need only
 * that table's lock. The table does not decide who may move a row; only the offset does.
 */
export class OwnedCheckpoints {
  #tables = ONE_TABLE;

  constructor(private readonly consumerGroup: string) {}

  /** As of the last lookup; more may have been created since. */
  get tables(): CheckpointTables {
    return this.#tables;
  }

  /** @throws SnowflakeError */
  async findTables(session: SnowflakeSession): Promise<void> {
    this.#tables = { ...this.#tables, all: await listCheckpointTables(session) };
  }

  /**
   * The checkpoints of these partitions, in the same order. Missing ones are created, or left out if what is stored does
   * not reach their required offset.
   *
   * @throws SnowflakeError, FaultError
   */
  async claim(session: SnowflakeSession, partitions: readonly PartitionStart[]): Promise<Checkpoint[]> {
    if (partitions.length === 0) return [];
    const { consumerGroup } = this;
    const ownOf = (tables: readonly string[]) => tableOf(partitions, tables);
    const all = await listCheckpointTables(session);
    this.#tables = { all, own: ownOf(all) };
    const found = await this.#read(session, partitions);
    if (partitions.every((partition) => this.#isOwn(found.get(partitionName(partition))))) {
      return checkpointsOf(ofEach(partitions, found, consumerGroup));
    }
    const missing = partitions.filter((partition) => !found.has(partitionName(partition)));
    // Before the lock, because it may be slow. Whatever is stored later is below a checkpoint of its owner.
    const starts = missing.length > 0 ? await startsOf(session, missing) : [];
    this.#tables = await gather(session, { consumerGroup, partitions, missing: starts, ownOf });
    const held = await this.#read(session, partitions);
    return partitions.flatMap((partition) => held.get(partitionName(partition))?.checkpoint ?? []);
  }

  /**
   * The checkpoints that are not where these ranges begin.
   *
   * @throws SnowflakeError; FaultError if none has moved, and another owner is in the way all the same
   */
  async moved(session: SnowflakeSession, ranges: readonly PartitionRange[]): Promise<Checkpoint[]> {
    const held = await this.#held(session, ranges);
    const moved = checkpointsOf(held).filter(({ nextOffset }, index) => nextOffset !== ranges[index]?.from);
    if (moved.length > 0) return moved;
    if (!held.every((one) => this.#isOwn(one))) await this.#bringBack(session, ranges);
    throw checkpointInUse();
  }

  /** Whether every checkpoint is at the end of its range. */
  async isSettled(session: SnowflakeSession, ranges: readonly PartitionRange[]): Promise<boolean> {
    const held = await this.#held(session, ranges);
    return held.every(({ checkpoint: { nextOffset } }, index) => nextOffset === ranges[index]?.to);
  }

  /** The other consumer groups that have checkpoints for the topic; empty if this one has any. */
  async otherGroups(session: SnowflakeSession, topic: string): Promise<string[]> {
    return otherGroups(session, this.consumerGroup, topic, this.#tables.all);
  }

  /**
   * Another process took them after this one did, and it need not be their current owner: a slow claim may belong to an
   * assignment before this one, and nobody claims again before the next assignment.
   */
  async #bringBack(session: SnowflakeSession, partitions: readonly TopicPartition[]): Promise<void> {
    const { own } = this.#tables;
    const { consumerGroup } = this;
    this.#tables = await gather(session, { consumerGroup, partitions, missing: [], ownOf: () => own });
  }

  /**
   * In the order of the partitions. A checkpoint that is not found may be in a table that was created meanwhile.
   *
   * @throws FaultError if one is missing or duplicated
   */
  async #held(session: SnowflakeSession, partitions: readonly TopicPartition[]): Promise<HeldCheckpoint[]> {
    let found = await this.#read(session, partitions);
    if (found.size < partitions.length) {
      await this.findTables(session);
      found = await this.#read(session, partitions);
    }
    return ofEach(partitions, found, this.consumerGroup);
  }

  #read(
    session: SnowflakeSession,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, HeldCheckpoint>> {
    return readCheckpoints(session, this.consumerGroup, partitions, this.#tables.all);
  }

  #isOwn(held: HeldCheckpoint | undefined): boolean {
    return held?.heldIn === this.#tables.own;
  }
}

function checkpointsOf(held: readonly HeldCheckpoint[]): Checkpoint[] {
  return held.map(({ checkpoint }) => checkpoint);
}
