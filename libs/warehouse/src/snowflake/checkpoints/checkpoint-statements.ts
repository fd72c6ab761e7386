import type { TopicPartition } from '#pipeline';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM } from '../../tables.js';
import { names, STAGING } from '../writing/statements.js';
import type { CheckpointTables } from './checkpoint-tables.js';

/** The row whose update takes the lock of the table; the schema step creates it. No group has an empty name. */
export const SENTINEL = { group: '', topic: '', partition: -1 } as const;
const OF_SENTINEL = `CONSUMER_GROUP = '${SENTINEL.group}' AND TOPIC = '${SENTINEL.topic}' AND "PARTITION" = ${SENTINEL.partition}`;

/**
 * Takes the table's lock, so that the following statements begin after every other owner has committed, and what they see
 * stays true until COMMIT. A compare-and-set that takes the lock by itself begins before it waits, and the documentation
 * promises it only the rows that were committed when it began.
 */
export const takeLockOf = (table: string): string => `
  UPDATE ${table} SET UPDATED_AT = CURRENT_TIMESTAMP()
  WHERE ${OF_SENTINEL}`;

/** Locks the same row of a hybrid table. */
export const lockSentinel = (table: string, waitSeconds: number): string => `
  SELECT NEXT_OFFSET FROM ${table} WHERE ${OF_SENTINEL} FOR UPDATE WAIT ${waitSeconds}`;

/**
 * Locks rows of a hybrid table. FOR UPDATE allows no join, so the partitions are part of the text; the numbers are our
 * own. Binds: group, topics.
 */
export function lockCheckpoints(
  table: string,
  partitions: readonly TopicPartition[],
  waitSeconds: number,
): { sql: string; topics: string[] } {
  const byTopic = [...Map.groupBy(partitions, ({ topic }) => topic)];
  const places = byTopic.map(
    ([, own]) => `TOPIC = ? AND "PARTITION" IN (${own.map(({ partition }) => partition).join(', ')})`,
  );
  const sql = `
  SELECT NEXT_OFFSET FROM ${table} WHERE CONSUMER_GROUP = ? AND (${places.join(' OR ')})
  ORDER BY TOPIC, "PARTITION" FOR UPDATE WAIT ${waitSeconds}`;
  return { sql, topics: byTopic.map(([topic]) => topic) };
}

/**
 * The row with the time when these checkpoints were begun, in epoch milliseconds. It is not the row of the lock, because an
 * UPDATE of that row that waited may restore its old values.
 */
const OF_BEGINNING = `CONSUMER_GROUP = '${SENTINEL.group}' AND TOPIC = 'beginning'`;

/** An earlier version may have set it twice: the earlier time counts. */
export const selectBegun = (table: string): string => `
  SELECT MIN(LAST_TIMESTAMP_MS) AS BEGUN_MS FROM ${table} WHERE ${OF_BEGINNING}`;

/** Changes nothing that anybody reads. */
export const touchBegun = (table: string): string => `
  UPDATE ${table} SET UPDATED_AT = CURRENT_TIMESTAMP() WHERE ${OF_BEGINNING}`;

/** Binds: epoch milliseconds. Changes nothing if the row exists. */
export const beginWarehouse = (table: string): string => `
  INSERT INTO ${table} (CONSUMER_GROUP, TOPIC, "PARTITION", FIRST_OFFSET, NEXT_OFFSET,
    STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST, LAST_TIMESTAMP_MS, UPDATED_AT)
  SELECT '${SENTINEL.group}', 'beginning', -1, 0, 0, 0, 0, 0, 0, 0, ?, CURRENT_TIMESTAMP()
  WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE ${OF_BEGINNING})`;

/** The checkpoints of all tables, as a source. */
function allOf(tables: readonly string[], columns: readonly string[]): string {
  const [only] = tables;
  if (tables.length === 1 && only !== undefined) return only;
  return `(${tables.map((table) => `SELECT ${columns.join(', ')} FROM ${table}`).join(' UNION ALL ')})`;
}

const ADDED = ['STORED', 'DEAD_LETTERED', 'SKIPPED', 'GAPS', 'LOST'] as const;

/** The values of {@link advance}'s rows, in order. */
const MOVE = ['TOPIC', '"PARTITION"', 'EXPECTED', 'NEXT_OFFSET', ...ADDED, 'LAST_TIMESTAMP_MS'] as const;

const KEY = ['CONSUMER_GROUP', 'TOPIC', '"PARTITION"'] as const;

const moveIn = (table: string): string => `UPDATE ${table} c
  SET NEXT_OFFSET = m.NEXT_OFFSET, ${ADDED.map((name) => `${name} = c.${name} + m.${name}`).join(', ')},
      LAST_TIMESTAMP_MS = m.LAST_TIMESTAMP_MS, UPDATED_AT = CURRENT_TIMESTAMP()`;

const IS_EXPECTED = `c.CONSUMER_GROUP = ? AND c.TOPIC = m.TOPIC AND c."PARTITION" = m."PARTITION"
    AND c.NEXT_OFFSET = m.EXPECTED`;

/**
 * Binds: rows, mark, group, group. Changes one row for each partition whose checkpoint is where the batch starts, and none
 * for a partition with two checkpoints in any tables: the count of changes could not tell these from two partitions.
 */
export const advance = ({ own, all }: CheckpointTables): string => `
  ${moveIn(own)}
  FROM (
    SELECT ${MOVE.map((name) => `r.${name}`).join(', ')}
    FROM (${openedRows(MOVE)}) r
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
    JOIN ${allOf(all, KEY)} h ON h.CONSUMER_GROUP = ? AND h.TOPIC = r.TOPIC AND h."PARTITION" = r."PARTITION"
    GROUP BY ${MOVE.map((name) => `r.${name}`).join(', ')}
    HAVING COUNT(*) = 1
  ) m
  WHERE ${IS_EXPECTED}`;

/** Binds: rows, mark, group. As {@link advance}, in a hybrid table, whose primary key allows one row for a partition. */
export const advanceRows = (table: string): string => `
  ${moveIn(table)}
  FROM (
    SELECT ${MOVE.map((name) => `r.${name}`).join(', ')}
    FROM (${openedRows(MOVE)}) r
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  ) m
  WHERE ${IS_EXPECTED}`;

const PLACE = ['TOPIC', '"PARTITION"'] as const;

/** Binds: rows, group. HELD_IN is the table that holds the row. */
export const selectCheckpoints = (tables: readonly string[]): string => `
  SELECT c.HELD_IN, c.TOPIC, c."PARTITION", c.FIRST_OFFSET, c.NEXT_OFFSET, c.STORED, c.DEAD_LETTERED, c.SKIPPED, c.GAPS,
         c.LOST, c.LAST_TIMESTAMP_MS
  FROM (${openedRows(PLACE)}) p
  JOIN (${tables.map(heldIn).join(' UNION ALL ')}) c ON c.TOPIC = p.TOPIC AND c."PARTITION" = p."PARTITION"
  WHERE c.CONSUMER_GROUP = ?`;

const heldIn = (table: string): string =>
  `SELECT '${table}' AS HELD_IN, ${names(INGESTION_CHECKPOINTS.columns)} FROM ${table}`;

const LOOK = ['TOPIC', '"PARTITION"', 'LEAST_OFFSET'] as const;

/**
 * Binds: rows. The offset after the highest stored one, for partitions that have any from their LEAST_OFFSET on. Reads the
 * metadata of all events, but only once in the life of a partition. Rows that others wrote need not have numbers in their
 * metadata.
 */
export const SELECT_STORED = `
  SELECT p.TOPIC, p."PARTITION", 1 + MAX(TRY_TO_NUMBER(r.EVENT_METADATA:offset::VARCHAR)) AS NEXT_OFFSET
  FROM (${openedRows(LOOK)}) p
  JOIN ${RAW_EVENTS_STREAM.name} r
    ON r.EVENT_METADATA:topic::VARCHAR = p.TOPIC
   AND TRY_TO_NUMBER(r.EVENT_METADATA:partition::VARCHAR) = p."PARTITION"
   AND TRY_TO_NUMBER(r.EVENT_METADATA:offset::VARCHAR) >= p.LEAST_OFFSET
  GROUP BY p.TOPIC, p."PARTITION"`;

/** Binds: mark. Opens a transaction that writes no batch; its changes require the mark as well. */
export const MARK = `INSERT OVERWRITE INTO ${STAGING} (BATCH_MARK) SELECT ?`;

const START = ['TOPIC', '"PARTITION"', 'START_OFFSET'] as const;

/** Binds: group, rows, mark, group. Requires the row of the lock, which a move to the other form deletes. */
export const insertCheckpoints = (table: string): string => `
  INSERT INTO ${table} (${names(INGESTION_CHECKPOINTS.columns)})
  SELECT ?, p.TOPIC, p."PARTITION", p.START_OFFSET, p.START_OFFSET, 0, 0, 0, 0, 0, NULL, CURRENT_TIMESTAMP()
  FROM (${openedRows(START)}) p
  JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  JOIN (SELECT CONSUMER_GROUP FROM ${table} WHERE ${OF_SENTINEL}) l ON l.CONSUMER_GROUP = '${SENTINEL.group}'
  WHERE NOT EXISTS (
    SELECT 1 FROM ${table} c
    WHERE c.CONSUMER_GROUP = ? AND c.TOPIC = p.TOPIC AND c."PARTITION" = p."PARTITION"
  )`;

/** The values of a checkpoint that enters a table, in order. */
const ENTERING = [
  'TOPIC',
  '"PARTITION"',
  'FIRST_OFFSET',
  'NEXT_OFFSET',
  ...ADDED,
  'LAST_TIMESTAMP_MS',
] as const;

/** Binds: group, rows, mark. Takes the values from the rows: a query of the table that they leave may be old. */
export const enterCheckpoints = (table: string): string => `
  INSERT INTO ${table} (CONSUMER_GROUP, ${ENTERING.join(', ')}, UPDATED_AT)
  SELECT ?, ${ENTERING.map((name) => `p.${name}`).join(', ')}, CURRENT_TIMESTAMP()
  FROM (${openedRows(ENTERING)}) p
  JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL`;

/** Binds: rows, mark, group. Only where the offset is still that of the row. */
export const leaveCheckpoints = (table: string): string => `
  DELETE FROM ${table}
  USING (
    SELECT p.TOPIC, p."PARTITION", p.NEXT_OFFSET FROM (${openedRows(ENTERING)}) p
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  ) m
  WHERE ${table}.CONSUMER_GROUP = ? AND ${table}.TOPIC = m.TOPIC AND ${table}."PARTITION" = m."PARTITION"
    AND ${table}.NEXT_OFFSET = m.NEXT_OFFSET`;

/** Binds: rows, group. Changes no offset. */
export const touchCheckpoints = (table: string): string => `
  UPDATE ${table} c SET UPDATED_AT = CURRENT_TIMESTAMP()
  FROM (${openedRows(PLACE)}) m
  WHERE c.CONSUMER_GROUP = ? AND c.TOPIC = m.TOPIC AND c."PARTITION" = m."PARTITION"`;

/** Binds: topic, topic, group. The groups that have checkpoints for a topic, if this one has none. */
export const selectOtherGroups = (tables: readonly string[]): string => `
  SELECT DISTINCT c.CONSUMER_GROUP FROM ${allOf(tables, KEY)} c
  WHERE c.TOPIC = ?
    AND NOT EXISTS (SELECT 1 FROM ${allOf(tables, KEY)} o WHERE o.TOPIC = ? AND o.CONSUMER_GROUP = ?)
  ORDER BY c.CONSUMER_GROUP`;

/** Expands a list of arrays to rows. The columns name the values in order. */
function openedRows(columns: readonly string[]): string {
  const cells = columns.map((name, index) => {
    const type = name === 'TOPIC' ? 'VARCHAR' : 'INTEGER';
    return `f.value[${index}]::${type} AS ${name}`;
  });
  return `SELECT ${cells.join(', ')} FROM TABLE(FLATTEN(PARSE_JSON(?))) f`;
}
