import { partitionName, type Checkpoint, type PartitionRange, type TopicPartition } from '#pipeline';
import { FaultError } from '#pipeline';
import { missingCheckpoint, twoCheckpoints } from '../../checkpoint-faults.js';
import { FIRST_TABLE, ONE_TABLE, type CheckpointTables } from './checkpoint-tables.js';
import { rowList } from '../binding/short-list.js';
import type { SnowflakeRow, SnowflakeSession } from '../session/snowflake-session.js';
import {
  advance,
  selectCheckpoints,
  selectOtherGroups,
  takeLockOf,
  touchCheckpoints,
} from './checkpoint-statements.js';

/** A checkpoint, and the table that holds its row. */
export interface HeldCheckpoint {
  checkpoint: Checkpoint;
  heldIn: string;
}

/**
 * The checkpoints that exist, by {@link partitionName}.
 *
 * @throws FaultError if a partition has two, in the same or in different tables
 */
export async function readCheckpoints(
  session: SnowflakeSession,
  consumerGroup: string,
  partitions: readonly TopicPartition[],
  tables: readonly string[],
): Promise<Map<string, HeldCheckpoint>> {
  const rows = await session.query(selectCheckpoints(tables), [places(partitions), consumerGroup]);
  const found = new Map<string, HeldCheckpoint>();
  for (const held of rows.map(toHeldCheckpoint)) {
    const name = partitionName(held.checkpoint);
    const other = found.get(name);
    if (other !== undefined) {
      throw twoCheckpoints(consumerGroup, held.checkpoint, [other.heldIn, held.heldIn].sort());
    }
    found.set(name, held);
  }
  return found;
}

/**
 * The checkpoints of all these partitions, in the same order.
 *
 * @throws FaultError if one is missing
 */
export function ofEach(
  partitions: readonly TopicPartition[],
  found: ReadonlyMap<string, HeldCheckpoint>,
  consumerGroup: string,
): HeldCheckpoint[] {
  return partitions.map((partition) => {
    const held = found.get(partitionName(partition));
    if (held === undefined) throw missingCheckpoint(consumerGroup, partition);
    return held;
  });
}

/**
 * Waits until no other transaction changes the table's checkpoints, and locks others out until COMMIT or ROLLBACK.
 *
 * @throws FaultError if the schema step has not created the row that this needs
 */
export async function takeLock(session: SnowflakeSession, table = FIRST_TABLE): Promise<void> {
  requireSentinel(table, await session.execute(takeLockOf(table)));
}

/** @throws FaultError unless there is one row for the lock */
export function requireSentinel(table: string, found: number): void {
  if (found === 1) return;
  throw new FaultError({
    class: 'setup',
    code: 'SENTINEL',
    message: `Snowflake: ${table} has ${found} rows for its lock (CONSUMER_GROUP ''), and needs exactly one`,
    remedy: found === 0 ? 'Run `operator schema apply`' : 'Delete all but one of them',
  });
}

/** Moves a batch's checkpoints under the lock of the own table. Returns whether all of them were where the batch starts. */
export async function advanceCheckpoints(
  session: SnowflakeSession,
  consumerGroup: string,
  ranges: readonly PartitionRange[],
  mark: string,
  tables: CheckpointTables = ONE_TABLE,
): Promise<boolean> {
  const binds = [movesOf(ranges), mark, consumerGroup, consumerGroup];
  return (await session.execute(advance(tables), binds)) === ranges.length;
}

/** The list of rows that a compare-and-set expands. */
export function movesOf(ranges: readonly PartitionRange[]): string {
  const moves = ranges.map((range) => [
    range.topic,
    range.partition,
    range.from,
    range.to,
    range.stored,
    range.deadLettered,
    range.skipped,
    range.gaps,
    range.lost,
    range.lastTimestampMs,
  ]);
  return rowList(moves);
}

/** The other consumer groups that have checkpoints for the topic; empty if this one has any. */
export async function otherGroups(
  session: SnowflakeSession,
  consumerGroup: string,
  topic: string,
  tables: readonly string[],
): Promise<string[]> {
  const rows = await session.query(selectOtherGroups(tables), [topic, topic, consumerGroup]);
  return rows.map((row) => String(row['CONSUMER_GROUP']));
}

/**
 * Counts the checkpoints of these partitions by an UPDATE: it changes the newest version of a table, while a query may miss
 * what another session has just committed.
 *
 * @throws SnowflakeError
 */
export async function countNewest(
  session: SnowflakeSession,
  consumerGroup: string,
  partitions: readonly TopicPartition[],
  tables: readonly string[],
): Promise<number> {
  let count = 0;
  if (partitions.length === 0) return count;
  for (const table of tables) {
    count += await session.execute(touchCheckpoints(table), [places(partitions), consumerGroup]);
  }
  return count;
}

export function places(partitions: readonly TopicPartition[]): string {
  return rowList(partitions.map(({ topic, partition }) => [topic, partition]));
}

export function toPartition(row: SnowflakeRow): TopicPartition {
  return { topic: String(row['TOPIC']), partition: Number(row['PARTITION']) };
}

function toHeldCheckpoint(row: SnowflakeRow): HeldCheckpoint {
  return { checkpoint: toCheckpoint(row), heldIn: String(row['HELD_IN']) };
}

function toCheckpoint(row: SnowflakeRow): Checkpoint {
  const lastTimestampMs = row['LAST_TIMESTAMP_MS'];
  return {
    ...toPartition(row),
    firstOffset: Number(row['FIRST_OFFSET']),
    nextOffset: Number(row['NEXT_OFFSET']),
    stored: Number(row['STORED']),
    deadLettered: Number(row['DEAD_LETTERED']),
    skipped: Number(row['SKIPPED']),
    gaps: Number(row['GAPS']),
    lost: Number(row['LOST']),
    lastTimestampMs:
      lastTimestampMs === null || lastTimestampMs === undefined ? null : Number(lastTimestampMs),
  };
}
