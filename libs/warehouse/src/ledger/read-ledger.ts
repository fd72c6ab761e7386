import type { Checkpoint, Coordinates } from '#pipeline';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '../tables.js';
import type { DatedCheckpoint } from './checkpoint-store.js';
import type { LedgerDialect } from './dialects.js';
import * as queries from './ledger-queries.js';
import type { AskLedger, LedgerRow } from './ledger-query.js';
import { MOST_NAMED, type PartitionLedger, type TopicLedger } from './ledger.js';
import { partitionQueries } from './partition-queries.js';

/**
 * Compares the contents of the tables for a topic with the checkpoints of a group. The warehouse does the counting; only
 * the listed offsets are fetched. An ingester may write meanwhile: nothing changes below a checkpoint that was read, and
 * what lies beyond is compared with checkpoints that are read afterwards.
 */
export async function readLedger(
  ask: AskLedger,
  dialect: LedgerDialect,
  group: string,
  topic: string,
  checkpointTables = queries.ONE_TABLE,
): Promise<TopicLedger> {
  const found = await readCheckpointsOf(ask, dialect, group, topic, checkpointTables);
  const checkpoints = Map.groupBy(found, ({ partition }) => partition);
  const extents = new Map(
    (await ask(queries.extents(dialect), [topic, topic])).map((row) => [
      Number(row['P']),
      { lowest: Number(row['LOWEST']), highest: Number(row['HIGHEST']) },
    ]),
  );
  const furthest = new Map(
    (
      await ask(
        queries.furthest(checkpointTables),
        checkpointTables.map(() => topic),
      )
    ).map((row) => [Number(row['P']), Number(row['FURTHEST'])]),
  );
  const unreadable = new Map(
    (await ask(queries.unreadable(dialect), [topic])).map((row) => [
      Number(row['P']),
      { count: Number(row['FOUND']), first: Number(row['FIRST_ONE']), last: Number(row['LAST_ONE']) },
    ]),
  );
  const strays = [...extents.keys()].filter((partition) => !furthest.has(partition));
  const partitions: PartitionLedger[] = [];
  for (const partition of [...checkpoints.keys(), ...strays].sort((one, other) => one - other)) {
    const own = checkpoints.get(partition) ?? [];
    const extent = extents.get(partition) ?? { lowest: 0, highest: -1 };
    const end = furthest.get(partition) ?? 0;
    partitions.push({
      ...(await readPartition(ask, dialect, topic, partition, own, { ...extent, end })),
      unreadable: unreadable.get(partition) ?? null,
    });
  }
  return {
    partitions,
    unplaced: [
      await unplacedIn(ask, dialect, RAW_EVENTS_STREAM.name, topic),
      await unplacedIn(ask, dialect, SALES_EVENTS_DLQ.name, topic),
    ].filter(({ count }) => count > 0),
    unstored: await unstoredLetters(ask, dialect, topic),
  };
}

async function readPartition(
  ask: AskLedger,
  dialect: LedgerDialect,
  topic: string,
  partition: number,
  checkpoints: Checkpoint[],
  { lowest, highest, end }: { lowest: number; highest: number; end: number },
): Promise<Omit<PartitionLedger, 'unreadable'>> {
  const within = partitionQueries(ask, dialect, topic, partition);
  const { firstOffset = 0, nextOffset = 0 } = checkpoints[0] ?? {};
  const counts = await within.counts(firstOffset, nextOffset);
  const { doubled, both, ...rest } = counts;
  const none = { count: 0, offsets: [] };
  return {
    partition,
    checkpoints,
    ...rest,
    doubled: doubled > 0 ? await within.named('S > 1 OR D > 1', firstOffset, nextOffset) : none,
    both: both > 0 ? await within.named('S > 0 AND D > 0', firstOffset, nextOffset) : none,
    missing: lacksOffsets(checkpoints, counts.offsets) ? await within.missing(firstOffset, nextOffset) : [],
    before: lowest < firstOffset ? await within.counts(0, firstOffset).then(beforeOf) : { ...beforeOf({}) },
    beyond: highest >= end ? await within.named('1 = 1', end, highest + 1) : none,
  };
}

function beforeOf({ rows = 0, deadLetters = 0 }: { rows?: number; deadLetters?: number }) {
  return { rows, deadLetters };
}

/** The checkpoints of a group for a topic, ordered by partition. */
export async function readCheckpointsOf(
  ask: AskLedger,
  dialect: LedgerDialect,
  group: string,
  topic: string,
  tables = queries.ONE_TABLE,
): Promise<DatedCheckpoint[]> {
  const binds = tables.flatMap(() => [group, topic]);
  return (await ask(queries.checkpointsOf(dialect, tables), binds)).map((row) => toCheckpoint(row, topic));
}

/** Whether more offsets have neither row nor dead letter than the checkpoint says. */
function lacksOffsets([checkpoint]: readonly Checkpoint[], offsets: number): boolean {
  if (checkpoint === undefined) return false;
  const { firstOffset, nextOffset, skipped, gaps, lost } = checkpoint;
  return offsets + skipped + gaps + lost < nextOffset - firstOffset;
}

async function unplacedIn(ask: AskLedger, dialect: LedgerDialect, table: string, topic: string) {
  const [row = {}] = await ask(queries.unplaced(table, dialect), [topic]);
  const first = row['FIRST_AT'] ?? null;
  return { table, count: Number(row['FOUND']), firstAtMs: first === null ? null : Number(first) };
}

async function unstoredLetters(
  ask: AskLedger,
  dialect: LedgerDialect,
  topic: string,
): Promise<TopicLedger['unstored']> {
  const rows = await ask(queries.unstored(dialect, MOST_NAMED), [topic, topic, topic]);
  return rows.map((row) => ({
    letter: { topic, partition: Number(row['P']), offset: Number(row['O']) },
    storedAs: { topic, partition: Number(row['SP']), offset: Number(row['SO']) },
  }));
}

/** Indexes the rows of `storedAs` by redrive id. */
export function toCoordinatesByRedriveId(rows: readonly LedgerRow[]): Map<string, Coordinates> {
  return new Map(
    rows.map((row) => [
      String(row['REDRIVE_ID']),
      { topic: String(row['T']), partition: Number(row['P']), offset: Number(row['O']) },
    ]),
  );
}

/** The rows of `firstRows`, by partition. */
export function toFirstRows(rows: readonly LedgerRow[]): Map<number, number> {
  return new Map(rows.map((row) => [Number(row['P']), Number(row['LOWEST'])]));
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
