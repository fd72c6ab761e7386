import type { TopicPartition } from '#pipeline';
import { INGESTION_CHECKPOINTS, type Table } from '../../tables.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

/** The one that is always there. */
export const FIRST_TABLE: string = INGESTION_CHECKPOINTS.name;

/** More names have two digits at most: a copy that somebody named after a day is none of them. */
export const MOST_CHECKPOINT_TABLES = 99;
const ANOTHER = new RegExp(`^${FIRST_TABLE}_([2-9]|[1-9]\\d)$`);

/** The tables that hold checkpoints. Each has a lock of its own, and a partition has its row in one of them. */
export interface CheckpointTables {
  /** In the order of their numbers; {@link FIRST_TABLE} comes first. */
  all: readonly string[];
  /** The one whose checkpoints the batches of this process move. */
  own: string;
}

export const ONE_TABLE: CheckpointTables = { all: [FIRST_TABLE], own: FIRST_TABLE };

/** The first so many of them, as the schema step makes them. */
export function checkpointTables(count: number): Table[] {
  return Array.from({ length: count }, (_, index) => ({
    ...INGESTION_CHECKPOINTS,
    name: index === 0 ? FIRST_TABLE : `${FIRST_TABLE}_${index + 1}`,
  }));
}

/**
 * Those of the session's schema that its role may use.
 *
 * @throws SnowflakeError
 */
export async function listCheckpointTables(session: SnowflakeSession): Promise<string[]> {
  const found = await session.query(`SHOW TABLES LIKE '${FIRST_TABLE}%' IN SCHEMA`);
  const numbers = found.map((row) => Number(ANOTHER.exec(String(row['name']))?.[1] ?? 0));
  const others = numbers.filter((number) => number > 0).sort((one, other) => one - other);
  return [FIRST_TABLE, ...others.map((number) => `${FIRST_TABLE}_${number}`)];
}

/**
 * The table for whoever owns these partitions. They are dealt out one by one in the order of their numbers, so that the
 * lowest ones of n owners are the first n: while there are as many tables as owners, no two share a table.
 */
export function tableOf(partitions: readonly TopicPartition[], tables: readonly string[]): string {
  const lowest = Math.min(...partitions.map(({ partition }) => partition));
  return tables[lowest % tables.length] ?? FIRST_TABLE;
}
