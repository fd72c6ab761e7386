import type { DeadLetter, RejectedRow, StoredRow } from '#pipeline';
import { toDeadLetterRecord } from '../../rows/dead-letter-record.js';
import { toEventRow } from '../../rows/event-row.js';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, STG_RAW_EVENTS_STREAM, writtenColumns } from '../../tables.js';
import type { RowAppender, SqlConnection } from '../connection/sql-connection.js';
import { slices, type Slice } from './sized-parts.js';

/** Text per INSERT. DuckDB holds about four copies of it in memory. */
const SLICE_BYTES = 8 * 1024 * 1024;

/** Temporary tables belong to the connection: owners do not share them, and they never reach the file. */
const EVENTS = STG_RAW_EVENTS_STREAM;
const LETTERS = `STG_${SALES_EVENTS_DLQ.name}`;

/** We write the metadata JSON ourselves. Content is text, which DuckDB validates during the insert. */
export const CREATE_STAGING = `
  CREATE TEMP TABLE ${EVENTS} (
    ROW_INDEX INTEGER, EVENT_TYPE VARCHAR, PRODUCT_ID BIGINT, CUSTOMER_ID BIGINT,
    EVENT_METADATA JSON, EVENT_CONTENT VARCHAR);
  CREATE TEMP TABLE ${LETTERS} (
    ERROR_TYPE VARCHAR, ERROR_REASON VARCHAR, ERROR_DETAILS JSON, EVENT_TYPE VARCHAR,
    ORIGINAL_VALUE VARCHAR, VALUE_ENCODING VARCHAR, ORIGINAL_KEY VARCHAR, KEY_ENCODING VARCHAR,
    HEADERS JSON, EVENT_METADATA JSON, ATTEMPT BIGINT, FAILED_AT TIMESTAMPTZ)`;

const INSERT_EVENTS = insertFrom(RAW_EVENTS_STREAM, EVENTS);
const INSERT_DEAD_LETTERS = insertFrom(SALES_EVENTS_DLQ, LETTERS);

const SELECT_REJECTED = `
  SELECT ROW_INDEX FROM temp.${EVENTS} WHERE NOT json_valid(EVENT_CONTENT) ORDER BY ROW_INDEX`;

/** Fails with a conversion error if DuckDB does not accept a row as JSON; see {@link findRejected}. */
export async function insertEvents(connection: SqlConnection, rows: readonly StoredRow[]): Promise<void> {
  for (const slice of sliced(rows)) {
    await stageEvents(connection, slice);
    await connection.run(INSERT_EVENTS);
  }
}

export async function insertDeadLetters(
  connection: SqlConnection,
  letters: readonly DeadLetter[],
  maxValueBytes: number,
): Promise<void> {
  const sizeOf = ({ message }: DeadLetter) => (message.value?.length ?? 0) + (message.key?.length ?? 0);
  for (const { items } of slices(letters, SLICE_BYTES, sizeOf)) {
    await stageDeadLetters(connection, items, maxValueBytes);
    await connection.run(INSERT_DEAD_LETTERS);
  }
}

/** The rows that DuckDB does not accept as JSON although JSON.parse does, such as those with a lone surrogate. */
export async function findRejected(
  connection: SqlConnection,
  rows: readonly StoredRow[],
): Promise<RejectedRow[]> {
  const rejected: RejectedRow[] = [];
  for (const slice of sliced(rows)) {
    await stageEvents(connection, slice);
    for (const { ROW_INDEX } of await connection.rows<{ ROW_INDEX: number }>(SELECT_REJECTED)) {
      rejected.push({
        index: ROW_INDEX,
        reason: 'DuckDB does not accept the text as JSON, perhaps because of a lone surrogate',
      });
    }
  }
  return rejected;
}

function sliced(rows: readonly StoredRow[]): Generator<Slice<StoredRow>> {
  return slices(rows, SLICE_BYTES, ({ content }) => content.length);
}

async function stageEvents(connection: SqlConnection, { first, items }: Slice<StoredRow>): Promise<void> {
  await refill(connection, EVENTS, (appender) => {
    let index = first;
    for (const row of items) {
      const { eventType, productId, customerId, metadata, content } = toEventRow(row);
      appender.appendInteger(index++);
      appendText(appender, eventType);
      appendInteger(appender, productId);
      appendInteger(appender, customerId);
      appender.appendVarchar(metadata);
      appender.appendVarchar(content);
      appender.endRow();
    }
  });
}

async function stageDeadLetters(
  connection: SqlConnection,
  letters: readonly DeadLetter[],
  maxValueBytes: number,
): Promise<void> {
  await refill(connection, LETTERS, (appender) => {
    for (const letter of letters) {
      const record = toDeadLetterRecord(letter, maxValueBytes);
      appender.appendVarchar(record.errorType);
      appender.appendVarchar(record.errorReason);
      appender.appendVarchar(record.errorDetails);
      appendText(appender, record.eventType);
      appendText(appender, record.originalValue);
      appendText(appender, record.valueEncoding);
      appendText(appender, record.originalKey);
      appendText(appender, record.keyEncoding);
      appender.appendVarchar(record.headers);
      appender.appendVarchar(record.metadata);
      appendInteger(appender, record.attempt);
      appender.appendTime(record.failedAtMs);
      appender.endRow();
    }
  });
}

async function refill(
  connection: SqlConnection,
  table: string,
  fill: (appender: RowAppender) => void,
): Promise<void> {
  await connection.run(`TRUNCATE temp.${table}`);
  await connection.append(table, fill);
}

function appendText(appender: RowAppender, text: string | null): void {
  if (text === null) appender.appendNull();
  else appender.appendVarchar(text);
}

function appendInteger(appender: RowAppender, integer: number | null): void {
  if (integer === null) appender.appendNull();
  else appender.appendBigInt(BigInt(integer));
}

function insertFrom(table: typeof RAW_EVENTS_STREAM | typeof SALES_EVENTS_DLQ, staging: string): string {
  return `INSERT INTO ${table.name} (${columnNames(table)}) SELECT ${columnNames(table)} FROM temp.${staging}`;
}

function columnNames(table: typeof RAW_EVENTS_STREAM | typeof SALES_EVENTS_DLQ): string {
  return writtenColumns(table)
    .map(({ name }) => name)
    .join(', ');
}
