import {
  DEAD_LETTER_ACTIONS,
  INGESTION_CHECKPOINTS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
} from '../tables.js';
import type { LedgerDialect } from './dialects.js';

/** For an engine with a single checkpoint table. */
export const ONE_TABLE: readonly string[] = [INGESTION_CHECKPOINTS.name];

/** The coordinates of each row. Binds: topic. */
const placed = (table: string, counts: string, { text, integer }: LedgerDialect) => `
  SELECT ${integer('partition')} AS P, ${integer('offset')} AS O, ${counts}
  FROM ${table} WHERE ${text('topic')} = ?`;

/** Every offset of the topic with its number of rows and dead letters. Binds: topic, topic. */
export const spots = (dialect: LedgerDialect) => `
  SELECT P, O, SUM(S) AS S, SUM(D) AS D FROM (
    ${placed(RAW_EVENTS_STREAM.name, '1 AS S, 0 AS D', dialect)}
    UNION ALL
    ${placed(SALES_EVENTS_DLQ.name, '0 AS S, 1 AS D', dialect)}
  ) x GROUP BY P, O`;

/** The first and last offset of each partition in rows and dead letters. Binds: topic, topic. */
export const extents = (dialect: LedgerDialect) => `
  SELECT P, MIN(O) AS LOWEST, MAX(O) AS HIGHEST FROM (${spots(dialect)}) y
  WHERE P >= 0 AND O >= 0 GROUP BY P ORDER BY P`;

/** Offsets that an operator skipped, by partition. Binds: topic. */
export const unreadable = ({ text, integer }: LedgerDialect) => `
  SELECT P, COUNT(*) AS FOUND, MIN(O) AS FIRST_ONE, MAX(O) AS LAST_ONE FROM (
    SELECT ${integer('partition')} AS P, ${integer('offset')} AS O
    FROM ${SALES_EVENTS_DLQ.name} WHERE ERROR_TYPE = 'unreadable' AND ${text('topic')} = ?
  ) x GROUP BY P`;

/** Binds: group, topic, for each table. */
export const checkpointsOf = ({ moment }: LedgerDialect, tables: readonly string[]) => {
  const each = tables.map(
    (table) => `
  SELECT "PARTITION" AS P, FIRST_OFFSET, NEXT_OFFSET, STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST, LAST_TIMESTAMP_MS,
         ${moment('UPDATED_AT')} AS UPDATED, '${table}' AS HELD_IN
  FROM ${table} WHERE CONSUMER_GROUP = ? AND TOPIC = ?`,
  );
  return `${each.join(' UNION ALL ')} ORDER BY P`;
};

/** The furthest checkpoint of any group. Binds: topic, for each table. */
export const furthest = (tables: readonly string[]) => {
  const each = tables.map((table) => `SELECT "PARTITION" AS P, NEXT_OFFSET FROM ${table} WHERE TOPIC = ?`);
  return `SELECT P, MAX(NEXT_OFFSET) AS FURTHEST FROM (${each.join(' UNION ALL ')}) x GROUP BY P`;
};

/** Rows without a valid topic, or of the topic without a valid partition and offset. Binds: topic. */
export const unplaced = (table: string, { text, integer, moment }: LedgerDialect) => {
  const isNowhere = `P IS NULL OR O IS NULL OR P < 0 OR O < 0`;
  return `
  SELECT COUNT(*) AS FOUND, ${moment('MIN(INSERTED)')} AS FIRST_AT FROM (
    SELECT ${text('topic')} AS T, ${integer('partition')} AS P, ${integer('offset')} AS O, INGESTION_TIME AS INSERTED
    FROM ${table}
  ) x WHERE T IS NULL OR (T = ? AND (${isNowhere}))`;
};

/** Dead letters that are marked as stored at coordinates without a row. Binds: topic, topic, topic. */
export const unstored = ({ text, integer }: LedgerDialect, most: number) => `
  SELECT l.P AS P, l.O AS O, l.SP AS SP, l.SO AS SO FROM (
    SELECT ${integer('partition')} AS P, ${integer('offset')} AS O,
           ${integer('partition', 'STORED_METADATA')} AS SP, ${integer('offset', 'STORED_METADATA')} AS SO
    FROM ${SALES_EVENTS_DLQ.name}
    WHERE ${text('topic')} = ? AND ${text('topic', 'STORED_METADATA')} = ?
  ) l LEFT JOIN (
    SELECT ${integer('partition')} AS P, ${integer('offset')} AS O
    FROM ${RAW_EVENTS_STREAM.name} WHERE ${text('topic')} = ?
  ) r ON r.P = l.SP AND r.O = l.SO
  WHERE r.O IS NULL ORDER BY l.P, l.O LIMIT ${most}`;

/** The columns of `LedgerEntry` from both tables, by offset. The numbers are our own. Binds: topic, topic. */
export const entries = (dialect: LedgerDialect, partition: number, from: number, to: number) => {
  const { text, integer, content, json, sha256, bytes } = dialect;
  const none = (name: string) => `CAST(NULL AS VARCHAR) AS ${name}`;
  const where = `WHERE ${text('topic')} = ? AND ${integer('partition')} = ${partition}
        AND ${integer('offset')} >= ${from} AND ${integer('offset')} < ${to}`;
  return `
  SELECT * FROM (
    SELECT ${integer('offset')} AS O, 'row' AS KIND, ${text('timestamp_ms')} AS SENT_MS, ${content} AS CONTENT,
           ${text('key')} AS MESSAGE_KEY, ${text('key_encoding')} AS KEY_ENCODING,
           EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID,
           ${none('ERROR_TYPE')}, ${none('VALUE_ENCODING')}, CAST(NULL AS INTEGER) AS VALUE_BYTES, ${none('WHOLE_SHA256')}, ${none('HEADERS')}
    FROM ${RAW_EVENTS_STREAM.name} ${where}
    UNION ALL
    SELECT ${integer('offset')} AS O, 'letter' AS KIND, ${text('timestamp_ms')} AS SENT_MS,
           ${sha256('ORIGINAL_VALUE')} AS CONTENT, ORIGINAL_KEY AS MESSAGE_KEY, KEY_ENCODING,
           ${none('EVENT_TYPE')}, CAST(NULL AS INTEGER) AS PRODUCT_ID, CAST(NULL AS INTEGER) AS CUSTOMER_ID,
           ERROR_TYPE, VALUE_ENCODING, ${bytes('ORIGINAL_VALUE')} AS VALUE_BYTES, ${text('value.sha256')} AS WHOLE_SHA256,
           ${json('HEADERS')} AS HEADERS
    FROM ${SALES_EVENTS_DLQ.name} ${where}
  ) e ORDER BY O`;
};

/** Binds: the redrive ids. */
export const storedAs = (ids: number, { text, integer }: LedgerDialect) => `
  SELECT REDRIVE_ID, ${text('topic', 'STORED_METADATA')} AS T, ${integer('partition', 'STORED_METADATA')} AS P,
         ${integer('offset', 'STORED_METADATA')} AS O
  FROM ${SALES_EVENTS_DLQ.name}
  WHERE STORED_METADATA IS NOT NULL AND REDRIVE_ID IN (${Array.from({ length: ids }, () => '?').join(', ')})`;

/** The lowest offset with a row, by partition. Binds: topic. */
export const firstRows = (dialect: LedgerDialect) => `
  SELECT P, MIN(O) AS LOWEST FROM (${placed(RAW_EVENTS_STREAM.name, '1 AS S', dialect)}) x
  WHERE P >= 0 AND O >= 0 GROUP BY P`;

/** The offsets of handled dead letters that are not in the table. Binds: topic, topic. */
export const deletedLetters = ({ text, integer }: LedgerDialect, partition: number) => {
  const offsetsIn = (table: string) => `
    SELECT DISTINCT ${integer('offset')} AS O FROM ${table}
    WHERE ${text('topic')} = ? AND ${integer('partition')} = ${partition}`;
  return `
  SELECT a.O AS O FROM (${offsetsIn(DEAD_LETTER_ACTIONS.name)}) a
  LEFT JOIN (${offsetsIn(SALES_EVENTS_DLQ.name)}) l ON l.O = a.O
  WHERE l.O IS NULL AND a.O IS NOT NULL ORDER BY a.O`;
};
