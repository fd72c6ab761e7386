import {
  FaultError,
  partitionName,
  type Checkpoint,
  type PartitionRange,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import { checkpointInUse, checkpointsMoved } from '../../checkpoint-faults.js';
import type { CheckpointForm, Gathering } from './checkpoint-form.js';
import { startsOf } from './checkpoint-claiming.js';
import { ofEach, otherGroups, readCheckpoints, type HeldCheckpoint } from './checkpoints.js';
import { findForm } from './find-form.js';
import { StandardCheckpoints } from './standard-checkpoints.js';
import { streamedSince, streamingGroup } from './streaming-group.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

/**
 * The checkpoints of a consumer group that one process owns. A claim brings them to where its batches can lock them. The
 * place of a row does not decide who may move it; only the offset does.
 */
export class OwnedCheckpoints {
  #form: CheckpointForm = new StandardCheckpoints();

  constructor(private readonly options: SnowflakeOptions) {}

  /** As of the last lookup; more tables may have been created since. */
  get form(): CheckpointForm {
    return this.#form;
  }

  /**
   * Finds out which form the schema has.
   *
   * @throws SnowflakeError; FaultError if a move between the forms is not finished
   */
  async open(session: SnowflakeSession): Promise<void> {
    this.#form = await findForm(session, this.options);
  }

  /** Returns the error, or what it means if the checkpoints have moved to the other form meanwhile. */
  async causeOf(session: SnowflakeSession, error: unknown): Promise<unknown> {
    try {
      await this.#refresh(session);
      return error;
    } catch (cause) {
      return cause instanceof FaultError ? cause : error;
    }
  }

  /**
   * The checkpoints of these partitions, in the same order. Missing ones are created, or left out if what is stored does
   * not reach their required offset.
   *
   * @throws SnowflakeError, FaultError
   */
  async claim(session: SnowflakeSession, partitions: readonly PartitionStart[]): Promise<Checkpoint[]> {
    if (partitions.length === 0) return [];
    await this.#refresh(session);
    this.#form = this.#form.ownedBy(partitions);
    const found = await this.#read(session, partitions);
    if (partitions.every((partition) => this.#isOwn(found.get(partitionName(partition))))) {
      return checkpointsOf(ofEach(partitions, found, this.#group));
    }
    const missing = partitions.filter((partition) => !found.has(partitionName(partition)));
    await this.#refuseStreamed(session, missing);
    // Before the lock, because it may be slow. Whatever is stored later is below a checkpoint of its owner.
    const starts = missing.length > 0 ? await startsOf(session, missing) : [];
    await this.#gather(session, { partitions, missing: starts, isReturn: false });
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
    // Another process took them after this one did, and it need not be their current owner: a slow claim may belong to an
    // assignment before this one, and nobody claims again before the next assignment.
    if (!held.every((one) => this.#isOwn(one))) {
      await this.#gather(session, { partitions: ranges, missing: [], isReturn: true });
    }
    throw checkpointInUse();
  }

  /** Whether every checkpoint is at the end of its range. */
  async isSettled(session: SnowflakeSession, ranges: readonly PartitionRange[]): Promise<boolean> {
    const held = await this.#held(session, ranges);
    return held.every(({ checkpoint: { nextOffset } }, index) => nextOffset === ranges[index]?.to);
  }

  /** The other consumer groups that have checkpoints for the topic; empty if this one has any. */
  async otherGroups(session: SnowflakeSession, topic: string): Promise<string[]> {
    return otherGroups(session, this.#group, topic, this.#form.tables);
  }

  /** @throws FaultError if Snowpipe Streaming has taken one of these over */
  async #refuseStreamed(session: SnowflakeSession, partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const group = streamingGroup(this.#group);
    const [streamed] = (await readCheckpoints(session, group, partitions, this.#form.tables)).values();
    if (streamed !== undefined) throw streamedSince(partitionName(streamed.checkpoint));
  }

  async #gather(session: SnowflakeSession, gathering: Omit<Gathering, 'consumerGroup'>): Promise<void> {
    this.#form = await this.#form.gather(session, { ...gathering, consumerGroup: this.#group });
  }

  /**
   * Looks up the tables again.
   *
   * @throws SnowflakeError; FaultError if the form is no longer the one that this process began with
   */
  async #refresh(session: SnowflakeSession): Promise<void> {
    const found = await findForm(session, this.options);
    if (found.kind !== this.#form.kind) throw checkpointsMoved(this.#form.tables, found.tables);
    this.#form = this.#form.with(found.tables);
  }

  /**
   * In the order of the partitions. A checkpoint that is not found may be in a table that was created meanwhile.
   *
   * @throws FaultError if one is missing or duplicated
   */
  async #held(session: SnowflakeSession, partitions: readonly TopicPartition[]): Promise<HeldCheckpoint[]> {
    let found = await this.#read(session, partitions);
    if (found.size < partitions.length) {
      await this.#refresh(session);
      found = await this.#read(session, partitions);
    }
    return ofEach(partitions, found, this.#group);
  }

  #read(
    session: SnowflakeSession,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, HeldCheckpoint>> {
    return readCheckpoints(session, this.#group, partitions, this.#form.tables);
  }

  #isOwn(held: HeldCheckpoint | undefined): boolean {
    return held !== undefined && this.#form.isOwn(held.heldIn);
  }

  get #group(): string {
    return this.options.consumerGroup;
  }
}

function checkpointsOf(held: readonly HeldCheckpoint[]): Checkpoint[] {
  return held.map(({ checkpoint }) => checkpoint);
}
