import { TEXT_SEPARATOR } from '../binding/row-format.js';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, writtenColumns, type Column } from '../../tables.js';

/**
 * The statements of the transaction, except those for its checkpoints. Values are binds. A list of rows is one text, expanded with FLATTEN: a short one is
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

/** The events of a list: their cells, and the text of their content. */
const events = (list: string): string =>
  `(SELECT PARSE_JSON(${part(1)}) AS cells, ${part(2)} AS content FROM ${opened(list)}) r`;
const EVENT_COLUMNS = `r.cells[1]::VARCHAR AS EVENT_TYPE, r.cells[2]::INTEGER AS PRODUCT_ID, r.cells[3]::INTEGER AS CUSTOMER_ID,
  r.cells[4]::VARCHAR AS EVENT_METADATA_V, r.content AS EVENT_CONTENT_V`;

const stagedRows = (list: string): string =>
  `SELECT ?, r.cells[0]::INTEGER, ${EVENT_COLUMNS} FROM ${events(list)}`;

/** Binds: mark, rows. The first statement also opens the transaction and clears the rows of the last batch. */
export const stageFirst = (list: string): string => `INSERT OVERWRITE INTO ${STAGING} ${stagedRows(list)}`;
export const stageMore = (list: string): string => `INSERT INTO ${STAGING} ${stagedRows(list)}`;

/** NULL if Snowflake does not accept the text as JSON. 'd' accepts duplicate keys as JSON.parse does: the last one counts. */
export const parsedContent = (text: string): string => `TRY_PARSE_JSON(${text}, 'd')`;
const PARSED_CONTENT = parsedContent('EVENT_CONTENT_V');

/** Leaves out what Snowflake does not accept as JSON. */
const insertFrom = (rows: string): string => `
  INSERT INTO ${RAW_EVENTS_STREAM.name} (${names(writtenColumns(RAW_EVENTS_STREAM))})
  SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, PARSE_JSON(EVENT_METADATA_V)::OBJECT, EVENT_CONTENT
  FROM (SELECT e.*, ${PARSED_CONTENT} AS EVENT_CONTENT FROM (${rows}) e)
  WHERE EVENT_CONTENT IS NOT NULL`;

const STAGED_EVENTS = `
  SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, EVENT_METADATA_V, EVENT_CONTENT_V FROM ${STAGING}
  WHERE BATCH_MARK = ? AND ROW_INDEX IS NOT NULL`;

/** Binds: mark. */
export const INSERT_EVENTS = insertFrom(STAGED_EVENTS);

/** Binds: mark, rows, mark. The last of several lists is not staged, which saves a statement. */
export const insertEventsAnd = (list: string): string =>
  insertFrom(`${STAGED_EVENTS}
  UNION ALL
  SELECT ${EVENT_COLUMNS} FROM ${events(list)} JOIN ${STAGING} s ON s.BATCH_MARK = ? AND s.ROW_INDEX IS NULL`);

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

function cell(column: Column, index: number): string {
  return columnValue(column, `r.cells[${index}]`);
}

/** The SQL that converts a value to its column's type: JSON is passed as text, a time in epoch milliseconds. */
export function columnValue({ kind }: Column, value: string): string {
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

export function names(columns: readonly Column[]): string {
  return columns.map(({ name }) => `"${name}"`).join(', ');
}
