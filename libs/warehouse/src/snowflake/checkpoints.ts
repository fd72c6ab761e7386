import {
  partitionName,
  type Checkpoint,
  type PartitionRange,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import { FaultError } from '#pipeline';
import { missingCheckpoint, twoCheckpoints } from '../checkpoint-faults.js';
import { INGESTION_CHECKPOINTS } from '../tables.js';
import { rowList } from './row-lists.js';
import type { Row, Session } from './session.js';
import {
  ADVANCE,
  INSERT_CHECKPOINTS,
  SELECT_CHECKPOINTS,
  SELECT_OTHER_GROUPS,
  SELECT_STORED,
  TAKE_LOCK,
} from './statements.js';

/**
 * The checkpoints that exist, by {@link partitionName}.
 *
 * @throws FaultError if a partition has two
 */
export async function readCheckpoints(
  session: Session,
  consumerGroup: string,
  partitions: readonly TopicPartition[],
): Promise<Map<string, Checkpoint>> {
  const rows = await session.query(SELECT_CHECKPOINTS, [places(partitions), consumerGroup]);
  const checkpoints = new Map<string, Checkpoint>();
  for (const checkpoint of rows.map(toCheckpoint)) {
    if (checkpoints.has(partitionName(checkpoint))) throw twoCheckpoints(consumerGroup, checkpoint);
    checkpoints.set(partitionName(checkpoint), checkpoint);
  }
  return checkpoints;
}

/**
 * The checkpoints of all these partitions, in their order.
 *
 * @throws FaultError if one is missing, or is there twice
 */
export async function requireCheckpoints(
  session: Session,
  consumerGroup: string,
  partitions: readonly TopicPartition[],
): Promise<Checkpoint[]> {
  const held = await readCheckpoints(session, consumerGroup, partitions);
  return partitions.map((partition) => {
    const checkpoint = held.get(partitionName(partition));
    if (checkpoint === undefined) throw missingCheckpoint(consumerGroup, partition);
    return checkpoint;
  });
}

/** Makes the checkpoints that are missing, in a transaction of its own. */
export async function createCheckpoints(
  session: Session,
  consumerGroup: string,
  partitions: readonly PartitionStart[],
): Promise<void> {
  // Before the lock: it may take its time, and what is stored later is below a checkpoint of its owner.
  const stored = new Map<string, number>();
  for (const row of await session.query(SELECT_STORED, [places(partitions)])) {
    stored.set(partitionName(toPlace(row)), Number(row['NEXT_OFFSET'] ?? 0));
  }
  const starts = partitions.map((start) => [
    start.topic,
    start.partition,
    Math.max(start.startOffset, stored.get(partitionName(start)) ?? 0),
  ]);
  await takeLock(session);
  await session.execute(INSERT_CHECKPOINTS, [consumerGroup, rowList(starts), consumerGroup]);
  await session.execute('COMMIT');
}

/**
 * Waits until no other transaction changes checkpoints, and keeps others out until COMMIT or ROLLBACK.
 *
 * @throws FaultError if the schema step has not made the row that this needs
 */
export async function takeLock(session: Session): Promise<void> {
  const changed = await session.execute(TAKE_LOCK);
  if (changed === 1) return;
  throw new FaultError({
    class: 'setup',
    code: 'SENTINEL',
    message: `Snowflake: ${INGESTION_CHECKPOINTS.name} has ${changed} rows to take its lock with (CONSUMER_GROUP ''), and one is needed`,
    remedy: changed === 0 ? 'Run `operator schema apply`' : 'Delete all but one of them',
  });
}

/** Moves the checkpoints of a batch in the open transaction. Answers whether every one was where the batch starts. */
export async function advanceCheckpoints(
  session: Session,
  consumerGroup: string,
  ranges: readonly PartitionRange[],
  mark: string,
): Promise<boolean> {
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
  const changed = await session.execute(ADVANCE, [rowList(moves), mark, consumerGroup, consumerGroup]);
  return changed === ranges.length;
}

/** The consumer groups that have checkpoints for the topic, where this one has none; empty where it has. */
export async function otherGroups(session: Session, consumerGroup: string, topic: string): Promise<string[]> {
  const rows = await session.query(SELECT_OTHER_GROUPS, [topic, topic, consumerGroup]);
  return rows.map((row) => String(row['CONSUMER_GROUP']));
}

function places(partitions: readonly TopicPartition[]): string {
  return rowList(partitions.map(({ topic, partition }) => [topic, partition]));
}

function toPlace(row: Row): TopicPartition {
  return { topic: String(row['TOPIC']), partition: Number(row['PARTITION']) };
}

function toCheckpoint(row: Row): Checkpoint {
  const lastTimestampMs = row['LAST_TIMESTAMP_MS'];
  return {
    ...toPlace(row),
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
