import { FaultError, type TopicPartition } from '#pipeline';
import { INGESTION_CHECKPOINTS, type Table } from '../../tables.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

/** The table that always exists. */
export const FIRST_TABLE: string = INGESTION_CHECKPOINTS.name;

/** The table that replaces all others where checkpoints are in a hybrid table. */
export const HYBRID_TABLE = `${FIRST_TABLE}_HYBRID`;

/** The numbers have at most two digits, so that a copy named after a date is not mistaken for one of the tables. */
export const MOST_CHECKPOINT_TABLES = 99;
const ANOTHER = new RegExp(`^${FIRST_TABLE}_([2-9]|[1-9]\\d)$`);

/** The tables that hold checkpoints. Each has its own lock, and a partition has its row in one of them. */
export interface CheckpointTables {
  /** In numeric order; {@link FIRST_TABLE} comes first. */
  all: readonly string[];
  /** The table whose checkpoints this process's batches move. */
  own: string;
}

export const ONE_TABLE: CheckpointTables = { all: [FIRST_TABLE], own: FIRST_TABLE };

/** The first `count` tables, which the schema step creates. */
export function checkpointTables(count: number): Table[] {
  return Array.from({ length: count }, (_, index) => ({
    ...INGESTION_CHECKPOINTS,
    name: index === 0 ? FIRST_TABLE : `${FIRST_TABLE}_${index + 1}`,
  }));
}

/**
 * The standard tables of the session's schema that its role may use; the first one even if it does not exist.
 *
 * @throws SnowflakeError
 */
export async function listCheckpointTables(session: SnowflakeSession): Promise<string[]> {
  return withFirst((await showCheckpointTables(session)).standard);
}

/** {@link FIRST_TABLE} even if it does not exist, so that its absence is reported. */
export function withFirst(tables: readonly string[]): string[] {
  return [FIRST_TABLE, ...tables.filter((name) => name !== FIRST_TABLE)];
}

/**
 * The tables that exist of either form, as far as the session's role may use them.
 *
 * @throws SnowflakeError; FaultError if the hybrid one is a standard table, whose rows cannot be locked
 */
export async function showCheckpointTables(
  session: SnowflakeSession,
  schema?: string,
): Promise<{ standard: string[]; hasHybrid: boolean }> {
  const place = schema === undefined ? 'SCHEMA' : `SCHEMA ${schema}`;
  const found = await session.query(`SHOW TABLES LIKE '${FIRST_TABLE}%' IN ${place}`);
  const names = found.map((row) => String(row['name']));
  const numbers = names.map((name) => (name === FIRST_TABLE ? 1 : Number(ANOTHER.exec(name)?.[1] ?? 0)));
  const existing = numbers.filter((number) => number > 0).sort((one, other) => one - other);
  const hybrid = found.find((row) => row['name'] === HYBRID_TABLE);
  if (hybrid !== undefined && hybrid['is_hybrid'] !== 'Y') throw notHybrid();
  return {
    standard: existing.map((number) => (number === 1 ? FIRST_TABLE : `${FIRST_TABLE}_${number}`)),
    hasHybrid: hybrid !== undefined,
  };
}

function notHybrid(): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'NOT_HYBRID',
    message: `${HYBRID_TABLE} is a standard table, and must be a hybrid one`,
    remedy: 'Rename it, and run `operator schema apply`',
  });
}

/**
 * The table for the owner of these partitions. Partitions are dealt out one by one in numeric order, so the lowest ones
 * of n owners are the first n: with as many tables as owners, no two owners share a table.
 */
export function tableOf(partitions: readonly TopicPartition[], tables: readonly string[]): string {
  const lowest = Math.min(...partitions.map(({ partition }) => partition));
  return tables[lowest % tables.length] ?? FIRST_TABLE;
}
