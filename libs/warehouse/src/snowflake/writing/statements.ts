import { TEXT_SEPARATOR } from '../binding/row-format.js';
import {
  INGESTION_CHECKPOINTS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  writtenColumns,
  type Column,
} from '../../tables.js';
import type { CheckpointTables } from '../checkpoints/checkpoint-tables.js';

/**
 * Every statement of the transaction. Values are binds. A list of rows is one text, expanded with FLATTEN: a short one is
 * JSON; a long one is a sequence of JSON lists with separators, each followed by the event's own text.
 *
 * Each statement that changes a permanent table requires the mark that the first one staged. If somebody else ended the
 * transaction that staged it, the statement changes nothing.
 */

/** Temporary tables belong to the session: pods do not share them. */
export const STAGING = 'STG_INGESTION_BATCH';

/** One row without ROW_INDEX represents the batch, the others its events. Content is text until the insert. */
export const CREATE_STAGING = `
  CREATE TEMPORARY TABLE ${STAGING} (
    BATCH_MARK VARCHAR NOT NULL, ROW_INDEX INTEGER, EVENT_TYPE VARCHAR, PRODUCT_ID INTEGER, CUSTOMER_ID INTEGER,
    EVENT_METADATA_V VARCHAR, EVENT_CONTENT_V VARCHAR
  ) DATA_RETENTION_TIME_IN_DAYS = 0`;

/** @param list the SQL of the array of row texts, here and in all functions for long lists */
const opened = (list: string): string => `TABLE(FLATTEN(${list})) f`;
const part = (which: 1 | 2): string => `SPLIT_PART(f.value::VARCHAR, ${TEXT_SEPARATOR.sql}, ${which})`;

const stagedRows = (list: string): string => `
  SELECT ?, r.cells[0]::INTEGER, r.cells[1]::VARCHAR, r.cells[2]::INTEGER, r.cells[3]::INTEGER, r.cells[4]::VARCHAR,
         r.content
  FROM (SELECT PARSE_JSON(${part(1)}) AS cells, ${part(2)} AS content FROM ${opened(list)}) r`;

/** Binds: mark, rows. The first statement also opens the transaction and clears the rows of the last batch. */
export const stageFirst = (list: string): string => `INSERT OVERWRITE INTO ${STAGING} ${stagedRows(list)}`;
export const stageMore = (list: string): string => `INSERT INTO ${STAGING} ${stagedRows(list)}`;

/** 'd' accepts duplicate keys as JSON.parse does: the last one counts. */
const PARSED_CONTENT = `TRY_PARSE_JSON(EVENT_CONTENT_V, 'd')`;

/** Binds: mark. Leaves out what Snowflake does not accept as JSON. */
export const INSERT_EVENTS = `
  INSERT INTO ${RAW_EVENTS_STREAM.name} (${names(writtenColumns(RAW_EVENTS_STREAM))})
  SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, PARSE_JSON(EVENT_METADATA_V)::OBJECT, EVENT_CONTENT
  FROM (
    SELECT s.*, ${PARSED_CONTENT} AS EVENT_CONTENT FROM ${STAGING} s
    WHERE BATCH_MARK = ? AND ROW_INDEX IS NOT NULL
  )
  WHERE EVENT_CONTENT IS NOT NULL`;

/** Binds: mark. */
export const SELECT_REJECTED = `
  SELECT ROW_INDEX FROM ${STAGING}
  WHERE BATCH_MARK = ? AND ROW_INDEX IS NOT NULL AND ${PARSED_CONTENT} IS NULL
  ORDER BY ROW_INDEX`;

/** Binds: rows, mark. */
export const insertDeadLetters = (list: string): string => `
  INSERT INTO ${SALES_EVENTS_DLQ.name} (${names(writtenColumns(SALES_EVENTS_DLQ))})
  SELECT ${writtenColumns(SALES_EVENTS_DLQ).map(cell).join(', ')}
  FROM (SELECT PARSE_JSON(f.value::VARCHAR) AS cells FROM ${opened(list)}) r
  JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL`;

/** Redrive ids, and where their messages are stored. */
const openedPlaces = (list: string): string => `
  SELECT r.cells[0]::VARCHAR AS REDRIVE_ID, r.cells[1]::VARCHAR AS PLACE_V
  FROM (SELECT PARSE_JSON(f.value::VARCHAR) AS cells FROM ${opened(list)}) r`;

/** Binds: rows, mark. */
export const noteStored = (list: string): string => `
  UPDATE ${SALES_EVENTS_DLQ.name} d
  SET STORED_AT = CURRENT_TIMESTAMP(), STORED_METADATA = PARSE_JSON(r.PLACE_V)::OBJECT
  FROM (
    SELECT p.REDRIVE_ID, p.PLACE_V FROM (${openedPlaces(list)}) p
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  ) r
  WHERE d.REDRIVE_ID = r.REDRIVE_ID AND d.STORED_AT IS NULL`;

/** Binds: rows. */
export const selectNoted = (list: string): string => `
  SELECT d.REDRIVE_ID, d.STORED_METADATA
  FROM (${openedPlaces(list)}) p
  JOIN ${SALES_EVENTS_DLQ.name} d ON d.REDRIVE_ID = p.REDRIVE_ID`;

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

/**
 * The row with the time when these checkpoints were begun, in epoch milliseconds. It is not the row of the lock, because an
 * UPDATE of that row that waited may restore its old values.
 */
const OF_BEGINNING = `CONSUMER_GROUP = '${SENTINEL.group}' AND TOPIC = 'beginning'`;

/** Two owners that began at the same moment may both have set it: the earlier time counts. */
export const SELECT_BEGUN = `
  SELECT MIN(LAST_TIMESTAMP_MS) AS BEGUN_MS FROM ${INGESTION_CHECKPOINTS.name} WHERE ${OF_BEGINNING}`;

/** Binds: epoch milliseconds. Changes nothing if the row exists. */
export const BEGIN_WAREHOUSE = `
  INSERT INTO ${INGESTION_CHECKPOINTS.name} (CONSUMER_GROUP, TOPIC, "PARTITION", FIRST_OFFSET, NEXT_OFFSET,
    STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST, LAST_TIMESTAMP_MS, UPDATED_AT)
  SELECT '${SENTINEL.group}', 'beginning', -1, 0, 0, 0, 0, 0, 0, 0, ?, CURRENT_TIMESTAMP()
  WHERE NOT EXISTS (SELECT 1 FROM ${INGESTION_CHECKPOINTS.name} WHERE ${OF_BEGINNING})`;

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

/**
 * Binds: rows, mark, group, group. Changes one row for each partition whose checkpoint is where the batch starts, and none
 * for a partition with two checkpoints in any tables: the count of changes could not tell these from two partitions.
 */
export const advance = ({ own, all }: CheckpointTables): string => `
  UPDATE ${own} c
  SET NEXT_OFFSET = m.NEXT_OFFSET, ${ADDED.map((name) => `${name} = c.${name} + m.${name}`).join(', ')},
      LAST_TIMESTAMP_MS = m.LAST_TIMESTAMP_MS, UPDATED_AT = CURRENT_TIMESTAMP()
  FROM (
    SELECT ${MOVE.map((name) => `r.${name}`).join(', ')}
    FROM (${openedRows(MOVE)}) r
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
    JOIN ${allOf(all, KEY)} h ON h.CONSUMER_GROUP = ? AND h.TOPIC = r.TOPIC AND h."PARTITION" = r."PARTITION"
    GROUP BY ${MOVE.map((name) => `r.${name}`).join(', ')}
    HAVING COUNT(*) = 1
  ) m
  WHERE c.CONSUMER_GROUP = ? AND c.TOPIC = m.TOPIC AND c."PARTITION" = m."PARTITION"
    AND c.NEXT_OFFSET = m.EXPECTED`;

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

/**
 * Binds: rows. The offset after the highest stored one, for partitions that have any. Reads the metadata of all events,
 * but only once in the life of a partition. Rows that others wrote need not have numbers in their metadata.
 */
export const SELECT_STORED = `
  SELECT p.TOPIC, p."PARTITION", 1 + MAX(TRY_TO_NUMBER(r.EVENT_METADATA:offset::VARCHAR)) AS NEXT_OFFSET
  FROM (${openedRows(PLACE)}) p
  JOIN ${RAW_EVENTS_STREAM.name} r
    ON r.EVENT_METADATA:topic::VARCHAR = p.TOPIC
   AND TRY_TO_NUMBER(r.EVENT_METADATA:partition::VARCHAR) = p."PARTITION"
  GROUP BY p.TOPIC, p."PARTITION"`;

/** Binds: mark. Opens a transaction that writes no batch; its changes require the mark as well. */
export const MARK = `INSERT OVERWRITE INTO ${STAGING} (BATCH_MARK) SELECT ?`;

const START = ['TOPIC', '"PARTITION"', 'START_OFFSET'] as const;

/** Binds: group, rows, mark, group. */
export const insertCheckpoints = (table: string): string => `
  INSERT INTO ${table} (${names(INGESTION_CHECKPOINTS.columns)})
  SELECT ?, p.TOPIC, p."PARTITION", p.START_OFFSET, p.START_OFFSET, 0, 0, 0, 0, 0, NULL, CURRENT_TIMESTAMP()
  FROM (${openedRows(START)}) p
  JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  WHERE NOT EXISTS (
    SELECT 1 FROM ${table} c
    WHERE c.CONSUMER_GROUP = ? AND c.TOPIC = p.TOPIC AND c."PARTITION" = p."PARTITION"
  )`;

/** Binds: rows, mark, group. Requires the lock of the source table. */
export const copyCheckpoints = (from: string, to: string): string => `
  INSERT INTO ${to} (${names(INGESTION_CHECKPOINTS.columns)})
  SELECT ${INGESTION_CHECKPOINTS.columns.map(({ name }) => `c."${name}"`).join(', ')}
  FROM (${openedRows(PLACE)}) p
  JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  JOIN ${from} c ON c.CONSUMER_GROUP = ? AND c.TOPIC = p.TOPIC AND c."PARTITION" = p."PARTITION"`;

/** Binds: rows, mark, group. */
export const deleteCheckpoints = (from: string): string => `
  DELETE FROM ${from}
  USING (
    SELECT p.TOPIC, p."PARTITION" FROM (${openedRows(PLACE)}) p
    JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL
  ) m
  WHERE ${from}.CONSUMER_GROUP = ? AND ${from}.TOPIC = m.TOPIC AND ${from}."PARTITION" = m."PARTITION"`;

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

/** Converts a value to its column's type: JSON is passed as text, a time in epoch milliseconds. */
function cell({ kind }: Column, index: number): string {
  const value = `r.cells[${index}]`;
  switch (kind) {
    case 'text':
      return `${value}::VARCHAR`;
    case 'integer':
      return `${value}::INTEGER`;
    case 'json':
      return `PARSE_JSON(${value}::VARCHAR)`;
    case 'object':
      return `PARSE_JSON(${value}::VARCHAR)::OBJECT`;
    case 'timestamp':
      return `TO_TIMESTAMP_LTZ(${value}::INTEGER, 3)`;
  }
}

function names(columns: readonly Column[]): string {
  return columns.map(({ name }) => `"${name}"`).join(', ');
}
