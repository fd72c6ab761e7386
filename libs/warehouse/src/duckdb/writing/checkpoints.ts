import {
  partitionName,
  type Checkpoint,
  type PartitionRange,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import { twoCheckpoints } from '../../checkpoint-faults.js';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';

const CHECKPOINTS = INGESTION_CHECKPOINTS.name;

/** Lists are bound as one JSON text, whatever their length. */
const opened = (structure: Record<string, string>) =>
  `(SELECT unnest(from_json($2, '[${JSON.stringify(structure)}]'), recursive := true))`;

const READ = `
  SELECT c."TOPIC", c."PARTITION", FIRST_OFFSET, NEXT_OFFSET, STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST,
         LAST_TIMESTAMP_MS
  FROM ${CHECKPOINTS} c
  JOIN ${opened({ topic: 'VARCHAR', partition: 'BIGINT' })} p
    ON c."TOPIC" = p.topic AND c."PARTITION" = p.partition
  WHERE CONSUMER_GROUP = $1`;

/** For each partition, the offset after the highest stored one. Scans all of RAW_EVENTS_STREAM. */
const STORED_ENDS = `
    SELECT EVENT_METADATA->>'$.topic' AS topic,
           TRY_CAST(EVENT_METADATA->>'$.partition' AS BIGINT) AS partition,
           1 + max(TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT)) AS next
    FROM ${RAW_EVENTS_STREAM.name}
    GROUP BY ALL`;

/** Runs once in the life of a partition. */
const CREATE = `
  INSERT INTO ${CHECKPOINTS}
    (CONSUMER_GROUP, "TOPIC", "PARTITION", FIRST_OFFSET, NEXT_OFFSET,
     STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST, LAST_TIMESTAMP_MS, UPDATED_AT)
  SELECT $1, p.topic, p.partition, greatest(p.start, held.next), greatest(p.start, held.next),
         0, 0, 0, 0, 0, NULL, now()
  FROM ${opened({ topic: 'VARCHAR', partition: 'BIGINT', start: 'BIGINT', required: 'BIGINT' })} p
  LEFT JOIN (${STORED_ENDS}) held USING (topic, partition)
  WHERE coalesce(held.next, 0) >= p.required`;

const READ_STORED_ENDS = `
  SELECT p.topic, p.partition, coalesce(held.next, 0) AS stored_end
  FROM (SELECT unnest(from_json($1, '[{"topic":"VARCHAR","partition":"BIGINT"}]'), recursive := true)) p
  LEFT JOIN (${STORED_ENDS}) held USING (topic, partition)`;

const ADVANCE = `
  UPDATE ${CHECKPOINTS} c
  SET NEXT_OFFSET = r.next, STORED = c.STORED + r.stored, DEAD_LETTERED = c.DEAD_LETTERED + r.dead_lettered,
      SKIPPED = c.SKIPPED + r.skipped, GAPS = c.GAPS + r.gaps, LOST = c.LOST + r.lost,
      LAST_TIMESTAMP_MS = r.last_timestamp_ms, UPDATED_AT = now()
  FROM ${opened({
    topic: 'VARCHAR',
    partition: 'BIGINT',
    expected: 'BIGINT',
    next: 'BIGINT',
    stored: 'BIGINT',
    dead_lettered: 'BIGINT',
    skipped: 'BIGINT',
    gaps: 'BIGINT',
    lost: 'BIGINT',
    last_timestamp_ms: 'BIGINT',
  })} r
  WHERE c.CONSUMER_GROUP = $1 AND c."TOPIC" = r.topic AND c."PARTITION" = r.partition
    AND c.NEXT_OFFSET = r.expected
  RETURNING c."TOPIC" AS topic, c."PARTITION" AS partition`;

/**
 * The checkpoints that exist, by {@link partitionName}.
 *
 * @throws FaultError if a partition has two
 */
export async function readCheckpoints(
  connection: SqlConnection,
  consumerGroup: string,
  partitions: readonly TopicPartition[],
): Promise<Map<string, Checkpoint>> {
  const names = partitions.map(({ topic, partition }) => ({ topic, partition }));
  const checkpoints = new Map<string, Checkpoint>();
  for (const row of await connection.rows<CheckpointRow>(READ, [consumerGroup, JSON.stringify(names)])) {
    const checkpoint = toCheckpoint(row);
    if (checkpoints.has(partitionName(checkpoint))) throw twoCheckpoints(consumerGroup, checkpoint);
    checkpoints.set(partitionName(checkpoint), checkpoint);
  }
  return checkpoints;
}

/**
 * Creates checkpoints in one statement, and so in one transaction. Leaves out partitions that require more than is
 * stored. Fails with a conflict if another connection creates one of them.
 */
export async function createCheckpoints(
  connection: SqlConnection,
  consumerGroup: string,
  partitions: readonly PartitionStart[],
): Promise<void> {
  const starts = partitions.map(({ topic, partition, startOffset, requiredOffset = 0 }) => ({
    topic,
    partition,
    start: startOffset,
    required: requiredOffset,
  }));
  await connection.run(CREATE, [consumerGroup, JSON.stringify(starts)]);
}

/** Returns for each partition the offset after the highest stored one, or 0. */
export async function storedEnds(
  connection: SqlConnection,
  partitions: readonly TopicPartition[],
): Promise<number[]> {
  const names = partitions.map(({ topic, partition }) => ({ topic, partition }));
  const rows = await connection.rows<PartitionRow & { stored_end: string }>(READ_STORED_ENDS, [
    JSON.stringify(names),
  ]);
  const ends = new Map(
    rows.map(({ topic, partition, stored_end }) => [`${topic}-${partition}`, Number(stored_end)]),
  );
  return partitions.map((partition) => ends.get(partitionName(partition)) ?? 0);
}

/**
 * Moves every range's checkpoint from `from` to `to`, in the open transaction. Returns false if one
 * of them was not at `from`; the caller then rolls the transaction back.
 */
export async function advanceCheckpoints(
  connection: SqlConnection,
  consumerGroup: string,
  ranges: readonly PartitionRange[],
): Promise<boolean> {
  const moves = ranges.map((range) => ({
    topic: range.topic,
    partition: range.partition,
    expected: range.from,
    next: range.to,
    stored: range.stored,
    dead_lettered: range.deadLettered,
    skipped: range.skipped,
    gaps: range.gaps,
    lost: range.lost,
    last_timestamp_ms: range.lastTimestampMs,
  }));
  const rows = await connection.rows<PartitionRow>(ADVANCE, [consumerGroup, JSON.stringify(moves)]);
  const moved = rows.map(({ topic, partition }) => `${topic}-${partition}`);
  // Compared by partition: in a count, a duplicate checkpoint could stand for one that has not moved.
  return moved.length === ranges.length && new Set(moved).size === ranges.length;
}

/** The other consumer groups that have checkpoints for the topic; empty if this one has any. */
export async function otherGroups(
  connection: SqlConnection,
  consumerGroup: string,
  topic: string,
): Promise<string[]> {
  const rows = await connection.rows<{ CONSUMER_GROUP: string }>(
    `SELECT DISTINCT CONSUMER_GROUP FROM ${CHECKPOINTS}
     WHERE "TOPIC" = $2
       AND NOT EXISTS (SELECT 1 FROM ${CHECKPOINTS} WHERE "TOPIC" = $2 AND CONSUMER_GROUP = $1)
     ORDER BY CONSUMER_GROUP`,
    [consumerGroup, topic],
  );
  return rows.map(({ CONSUMER_GROUP }) => CONSUMER_GROUP);
}

interface PartitionRow {
  topic: string;
  partition: string;
}

/** 64-bit integers are text; offsets and counts are safe integers. */
interface CheckpointRow {
  TOPIC: string;
  PARTITION: string;
  FIRST_OFFSET: string;
  NEXT_OFFSET: string;
  STORED: string;
  DEAD_LETTERED: string;
  SKIPPED: string;
  GAPS: string;
  LOST: string;
  LAST_TIMESTAMP_MS: string | null;
}

function toCheckpoint(row: CheckpointRow): Checkpoint {
  return {
    topic: row.TOPIC,
    partition: Number(row.PARTITION),
    firstOffset: Number(row.FIRST_OFFSET),
    nextOffset: Number(row.NEXT_OFFSET),
    stored: Number(row.STORED),
    deadLettered: Number(row.DEAD_LETTERED),
    skipped: Number(row.SKIPPED),
    gaps: Number(row.GAPS),
    lost: Number(row.LOST),
    lastTimestampMs: row.LAST_TIMESTAMP_MS === null ? null : Number(row.LAST_TIMESTAMP_MS),
  };
}
