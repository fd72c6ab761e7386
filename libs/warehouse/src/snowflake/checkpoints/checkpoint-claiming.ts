import { randomUUID } from 'node:crypto';
import { partitionName, type PartitionStart, type TopicPartition } from '#pipeline';
import { checkpointInUse } from '../../checkpoint-faults.js';
import { FIRST_TABLE, listCheckpointTables, type CheckpointTables } from './checkpoint-tables.js';
import { places, readCheckpoints, takeLock, toPartition } from './checkpoints.js';
import { rowList } from '../binding/row-lists.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import {
  copyCheckpoints,
  deleteCheckpoints,
  insertCheckpoints,
  MARK,
  SELECT_STORED,
} from '../writing/statements.js';
import { rollingBack } from '../writing/transaction.js';

/** What is to be brought into the own table. */
export interface Gathering {
  consumerGroup: string;
  partitions: readonly TopicPartition[];
  /** Those that are to be made where no table has them; not those that begin below the offset that they require. */
  missing: readonly MissingStart[];
  /** Which table is the own one, of those that are there. */
  ownOf: (tables: readonly string[]) => string;
}

/** For each partition the offset after the highest that is stored, 0 where none is. */
export async function storedEnds(
  session: SnowflakeSession,
  partitions: readonly TopicPartition[],
): Promise<number[]> {
  const stored = new Map<string, number>();
  for (const row of await session.query(SELECT_STORED, [places(partitions)])) {
    stored.set(partitionName(toPartition(row)), Number(row['NEXT_OFFSET'] ?? 0));
  }
  return partitions.map((partition) => stored.get(partitionName(partition)) ?? 0);
}

/** A partition without a checkpoint, and the offset after the highest that is stored of it. */
interface MissingStart extends PartitionStart {
  storedEnd: number;
}

/** Where partitions without a checkpoint begin: not below what is stored of them. */
export async function startsOf(
  session: SnowflakeSession,
  partitions: readonly PartitionStart[],
): Promise<MissingStart[]> {
  const ends = await storedEnds(session, partitions);
  return partitions.map((start, index) => {
    const storedEnd = ends[index] ?? 0;
    return { ...start, storedEnd, startOffset: Math.max(start.startOffset, storedEnd) };
  });
}

function reachesRequired({ storedEnd, requiredOffset = 0 }: MissingStart): boolean {
  return storedEnd >= requiredOffset;
}

/**
 * Brings checkpoints into the own table, from whichever they are in, and makes those that are missing; in a transaction
 * of its own. Answers the tables that are there.
 *
 * A row comes into a table, or leaves it, under the lock of the first one: no two owners make a row in different tables,
 * and only whoever has that lock waits for another, so that none waits for one that waits for it. What is copied is
 * copied under the lock of the table that it leaves: nobody moves it meanwhile. Should somebody end the transaction, the
 * mark is gone, and what comes after that changes nothing.
 *
 * @throws SnowflakeError, FaultError
 */
export async function gather(
  session: SnowflakeSession,
  { consumerGroup, partitions, missing, ownOf }: Gathering,
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
    const made = missing.filter((start) => !found.has(partitionName(start)) && reachesRequired(start));
    if (made.length > 0) {
      const starts = made.map(({ topic, partition, startOffset }) => [topic, partition, startOffset]);
      const binds = [consumerGroup, rowList(starts), mark, consumerGroup];
      if ((await session.execute(insertCheckpoints(own), binds)) !== made.length) throw checkpointInUse();
    }
    await session.execute('COMMIT');
    return { all, own };
  });

  async function bring(leaving: readonly TopicPartition[], from: string, to: string): Promise<void> {
    if (from !== FIRST_TABLE) await takeLock(session, from);
    const binds = [places(leaving), mark, consumerGroup];
    const copied = await session.execute(copyCheckpoints(from, to), binds);
    const deleted = await session.execute(deleteCheckpoints(from), binds);
    if (copied !== leaving.length || deleted !== leaving.length) throw checkpointInUse();
  }
}
