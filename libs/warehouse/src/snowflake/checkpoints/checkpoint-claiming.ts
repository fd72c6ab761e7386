import { randomUUID } from 'node:crypto';
import { partitionName, type Checkpoint, type PartitionStart, type TopicPartition } from '#pipeline';
import { checkpointInUse } from '../../checkpoint-faults.js';
import type { Gathering, MissingStart } from './checkpoint-form.js';
import { FIRST_TABLE, listCheckpointTables, type CheckpointTables } from './checkpoint-tables.js';
import { countNewest, readCheckpoints, takeLock, toPartition } from './checkpoints.js';
import { rowList, type Cell } from '../binding/short-list.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import {
  enterCheckpoints,
  insertCheckpoints,
  leaveCheckpoints,
  MARK,
  SELECT_STORED,
} from './checkpoint-statements.js';
import { rollingBack } from '../session/rolling-back.js';

/** It reads the metadata of all events, of which there may be billions. */
const LONGEST_LOOK_SECONDS = 3_600;

/** Returns for each partition the offset after the highest stored one that is at least `leastOffset`, or 0. */
export async function storedEnds(
  session: SnowflakeSession,
  partitions: readonly (TopicPartition & { leastOffset?: number })[],
): Promise<number[]> {
  const stored = new Map<string, number>();
  const looks = rowList(
    partitions.map(({ topic, partition, leastOffset = 0 }) => [topic, partition, leastOffset]),
  );
  const rows = await session.slowQuery(SELECT_STORED, [looks], LONGEST_LOOK_SECONDS);
  for (const row of rows) {
    stored.set(partitionName(toPartition(row)), Number(row['NEXT_OFFSET'] ?? 0));
  }
  return partitions.map((partition) => stored.get(partitionName(partition)) ?? 0);
}

/** Where partitions without a checkpoint begin: never below what is stored of them. */
export async function startsOf(
  session: SnowflakeSession,
  partitions: readonly PartitionStart[],
): Promise<MissingStart[]> {
  const ends = await storedEnds(session, partitions.map(lookFrom));
  return partitions.map((start, index) => {
    const storedEnd = ends[index] ?? 0;
    return { ...start, storedEnd, startOffset: Math.max(start.startOffset, storedEnd) };
  });
}

/** Offsets below those that could change anything need not be looked for. */
function lookFrom({ topic, partition, startOffset, requiredOffset = startOffset }: PartitionStart) {
  return { topic, partition, leastOffset: Math.max(0, Math.min(startOffset, requiredOffset - 1)) };
}

function reachesRequired({ storedEnd, requiredOffset = 0 }: MissingStart): boolean {
  return storedEnd >= requiredOffset;
}

/**
 * Creates these checkpoints, except those whose stored events do not reach their required offset. Requires the common
 * lock. Returns those that it created.
 *
 * @throws SnowflakeError, FaultError
 */
export async function createCheckpoints(
  session: SnowflakeSession,
  table: string,
  consumerGroup: string,
  missing: readonly MissingStart[],
  mark: string,
): Promise<readonly TopicPartition[]> {
  const made = missing.filter(reachesRequired);
  if (made.length === 0) return made;
  const starts = made.map(({ topic, partition, startOffset }) => [topic, partition, startOffset]);
  const binds = [consumerGroup, rowList(starts), mark, consumerGroup];
  if ((await session.execute(insertCheckpoints(table), binds)) !== made.length) throw checkpointInUse();
  return made;
}

/**
 * Brings checkpoints into this owner's table from whichever table they are in, and creates missing ones, in a transaction
 * of its own. Returns the existing tables.
 *
 * Rows enter and leave a table only under the lock of the first table, so no two owners create a row in different tables.
 * Only the holder of that lock waits for another lock, so there is no deadlock. Rows move under the lock of the table that
 * they leave, so nobody else moves them meanwhile. If somebody ends the transaction, the mark is gone, and later
 * statements change nothing.
 *
 * The queries may still miss what was committed just before. So a row enters its new table with the values that were read,
 * and leaves the old one only if it still has that offset; and created rows are counted by an UPDATE.
 *
 * @param ownOf chooses this owner's table among the existing ones
 * @throws SnowflakeError, FaultError
 */
export async function gather(
  session: SnowflakeSession,
  { consumerGroup, partitions, missing }: Gathering,
  ownOf: (tables: readonly string[]) => string,
): Promise<CheckpointTables> {
  const mark = randomUUID();
  return rollingBack(session, async () => {
    await session.execute(MARK, [mark]);
    await takeLock(session);
    const all = await listCheckpointTables(session);
    const own = ownOf(all);
    const found = await readCheckpoints(session, consumerGroup, partitions, all);
    const elsewhere = [...found.values()].filter(({ heldIn }) => heldIn !== own);
    for (const table of all) {
      const leaving = elsewhere.filter(({ heldIn }) => heldIn === table).map(({ checkpoint }) => checkpoint);
      if (leaving.length > 0) await bring(leaving, table, own);
    }
    const absent = missing.filter((start) => !found.has(partitionName(start)));
    const made = await createCheckpoints(session, own, consumerGroup, absent, mark);
    if ((await countNewest(session, consumerGroup, made, all)) !== made.length) throw checkpointInUse();
    await session.execute('COMMIT');
    return { all, own };
  });

  async function bring(leaving: readonly Checkpoint[], from: string, to: string): Promise<void> {
    let newest = leaving;
    if (from !== FIRST_TABLE) {
      await takeLock(session, from);
      // Until then their owner could commit batches.
      const held = await readCheckpoints(session, consumerGroup, leaving, [from]);
      newest = [...held.values()].map(({ checkpoint }) => checkpoint);
    }
    const rows = rowList(newest.map(entering));
    const entered = await session.execute(enterCheckpoints(to), [consumerGroup, rows, mark]);
    const left = await session.execute(leaveCheckpoints(from), [rows, mark, consumerGroup]);
    if (entered !== leaving.length || left !== leaving.length) throw checkpointInUse();
  }
}

function entering(checkpoint: Checkpoint): Cell[] {
  return [
    checkpoint.topic,
    checkpoint.partition,
    checkpoint.firstOffset,
    checkpoint.nextOffset,
    checkpoint.stored,
    checkpoint.deadLettered,
    checkpoint.skipped,
    checkpoint.gaps,
    checkpoint.lost,
    checkpoint.lastTimestampMs,
  ];
}
