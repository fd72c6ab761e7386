import type { Checkpoint } from '#pipeline';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '../tables.js';
import type { DatedCheckpoint } from './checkpoint-store.js';
import type { LedgerDialect } from './dialects.js';
import { MOST_NAMED, type OffsetRange, type PartitionLedger } from './ledger.js';

/** A row of an answer; numbers may come as text. */
export type LedgerRow = Record<string, unknown>;

/** Answers a query whose binds are `?`. */
export type AskLedger = (sql: string, binds: string[]) => Promise<LedgerRow[]>;

const placed = (table: string, counts: string, { text, integer }: LedgerDialect) => `
  SELECT ${integer('partition')} AS P, ${integer('offset')} AS O, ${counts}
  FROM ${table} WHERE ${text('topic')} = ?`;

/** Every offset of the topic that has a row or a dead letter, and how many. Binds: topic, topic. */
const spots = (dialect: LedgerDialect) => `
  SELECT P, O, SUM(S) AS S, SUM(D) AS D FROM (
    ${placed(RAW_EVENTS_STREAM.name, '1 AS S, 0 AS D', dialect)}
    UNION ALL
    ${placed(SALES_EVENTS_DLQ.name, '0 AS S, 1 AS D', dialect)}
  ) x GROUP BY P, O`;

/** Binds: group, topic, for each table. */
const checkpointsOf = ({ moment }: LedgerDialect, tables: readonly string[]) => {
  const each = tables.map(
    (table) => `
  SELECT "PARTITION" AS P, FIRST_OFFSET, NEXT_OFFSET, STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST, LAST_TIMESTAMP_MS,
         ${moment('UPDATED_AT')} AS UPDATED, '${table}' AS HELD_IN
  FROM ${table} WHERE CONSUMER_GROUP = ? AND TOPIC = ?`,
  );
  return `${each.join(' UNION ALL ')} ORDER BY P`;
};

/** Of an engine that has one. */
const ONE_TABLE: readonly string[] = [INGESTION_CHECKPOINTS.name];

/**
 * What the tables hold of a topic, put beside the checkpoints of a group. Everything is counted by the warehouse; only
 * what is named comes here.
 */
export async function readLedger(
  ask: AskLedger,
  dialect: LedgerDialect,
  group: string,
  topic: string,
  checkpointTables = ONE_TABLE,
): Promise<PartitionLedger[]> {
  const found = await readCheckpointsOf(ask, dialect, group, topic, checkpointTables);
  const ledgers: PartitionLedger[] = [];
  for (const checkpoints of Map.groupBy(found, ({ partition }) => partition).values()) {
    const [checkpoint] = checkpoints;
    if (checkpoint === undefined) continue;
    const within = partitionQueries(ask, dialect, checkpoint);
    const ledger = { checkpoints, ...(await within.counts()), doubledOffsets: [], missing: [] };
    ledgers.push({
      ...ledger,
      doubledOffsets: ledger.doubled > 0 ? await within.doubledOffsets() : [],
      missing: lacksOffsets(ledger) ? await within.missing() : [],
    });
  }
  return ledgers;
}

/** The checkpoints of a group for a topic, by their partitions. */
export async function readCheckpointsOf(
  ask: AskLedger,
  dialect: LedgerDialect,
  group: string,
  topic: string,
  tables = ONE_TABLE,
): Promise<DatedCheckpoint[]> {
  const binds = tables.flatMap(() => [group, topic]);
  return (await ask(checkpointsOf(dialect, tables), binds)).map((row) => toCheckpoint(row, topic));
}

/** Whether more offsets have neither row nor dead letter than the checkpoint says. */
export function lacksOffsets({
  checkpoints,
  offsets,
}: Pick<PartitionLedger, 'checkpoints' | 'offsets'>): boolean {
  const [checkpoint] = checkpoints;
  if (checkpoint === undefined) return false;
  const { firstOffset, nextOffset, skipped, gaps, lost } = checkpoint;
  return offsets + skipped + gaps + lost < nextOffset - firstOffset;
}

function partitionQueries(ask: AskLedger, dialect: LedgerDialect, checkpoint: Checkpoint) {
  const { topic, partition, firstOffset, nextOffset } = checkpoint;
  const own = `P = ${partition} AND O >= ${firstOffset} AND O < ${nextOffset}`;
  const mine = `SELECT P, O, S, D FROM (${spots(dialect)}) y WHERE ${own}`;
  const binds = [topic, topic];
  /** The offsets beside those that are there, on one side, that are not there themselves. */
  const edges = async (step: 1 | -1): Promise<number[]> => {
    const rows = await ask(
      `SELECT s.O AS O FROM (${mine}) s LEFT JOIN (${mine}) n ON n.P = s.P AND n.O = s.O + ${step}
       WHERE n.O IS NULL ORDER BY s.O`,
      [...binds, ...binds],
    );
    return rows.map((row) => Number(row['O']) + step);
  };
  return {
    counts: async () => {
      const [row = {}] = await ask(
        `SELECT COUNT(*) AS OFFSETS, SUM(S) AS STORED_ROWS, SUM(D) AS LETTERS,
                SUM(CASE WHEN S + D > 1 THEN 1 ELSE 0 END) AS DOUBLED FROM (${mine}) m`,
        binds,
      );
      const count = (name: string) => Number(row[name] ?? 0);
      return {
        offsets: count('OFFSETS'),
        rows: count('STORED_ROWS'),
        deadLetters: count('LETTERS'),
        doubled: count('DOUBLED'),
      };
    },
    doubledOffsets: async () => {
      const sql = `SELECT O FROM (${mine}) m WHERE S + D > 1 ORDER BY O LIMIT ${MOST_NAMED}`;
      return (await ask(sql, binds)).map((row) => Number(row['O']));
    },
    missing: async (): Promise<OffsetRange[]> => {
      const firsts = [firstOffset, ...(await edges(1))];
      const lasts = [...(await edges(-1)), nextOffset - 1];
      return firsts
        .map((first, index) => ({ first, last: lasts[index] ?? first }))
        .filter(({ first, last }) => first <= last)
        .slice(0, MOST_NAMED);
    },
  };
}

function toCheckpoint(row: LedgerRow, topic: string): DatedCheckpoint {
  const number = (name: string) => Number(row[name]);
  return {
    topic,
    partition: number('P'),
    firstOffset: number('FIRST_OFFSET'),
    nextOffset: number('NEXT_OFFSET'),
    stored: number('STORED'),
    deadLettered: number('DEAD_LETTERED'),
    skipped: number('SKIPPED'),
    gaps: number('GAPS'),
    lost: number('LOST'),
    lastTimestampMs: row['LAST_TIMESTAMP_MS'] === null ? null : number('LAST_TIMESTAMP_MS'),
    updatedAtMs: number('UPDATED'),
    heldIn: String(row['HELD_IN']),
  };
}
