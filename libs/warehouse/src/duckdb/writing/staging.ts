import type { DeadLetter, RejectedRow, StoredRow } from '#pipeline';
import { deadLetterValues, toDeadLetterRecord } from '../../rows/dead-letter-record.js';
import { eventMetadata } from '../../rows/event-row.js';
import { columnText } from '../../rows/text.js';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, writtenColumns } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import type { StagedRow } from '../connection/staged-rows.js';
import { STAGED_EVENTS, STAGED_LETTERS } from './staging-tables.js';

const EVENT_COLUMNS = columnNames(RAW_EVENTS_STREAM);
const LETTER_COLUMNS = columnNames(SALES_EVENTS_DLQ);

const insertEventsFrom = (source: string) =>
  `INSERT INTO ${RAW_EVENTS_STREAM.name} (${EVENT_COLUMNS}) SELECT ${EVENT_COLUMNS} FROM ${source}`;

const insertLettersFrom = (source: string) =>
  `INSERT INTO ${SALES_EVENTS_DLQ.name} (${LETTER_COLUMNS}) SELECT ${LETTER_COLUMNS} FROM ${source}`;

const selectRejectedFrom = (source: string) =>
  `SELECT ROW_INDEX FROM ${source} WHERE NOT json_valid(EVENT_CONTENT) ORDER BY ROW_INDEX`;

/** Fails with a conversion error if DuckDB does not accept a row as JSON; see {@link findRejected}. */
export async function insertEvents(connection: SqlConnection, rows: readonly StoredRow[]): Promise<void> {
  const inserted = await connection.stage(STAGED_EVENTS, stagedEvents(rows), (source) =>
    connection.run(insertEventsFrom(source)),
  );
  requireAll(inserted, rows);
}

export async function insertDeadLetters(
  connection: SqlConnection,
  letters: readonly DeadLetter[],
  maxValueBytes: number,
): Promise<void> {
  const inserted = await connection.stage(STAGED_LETTERS, stagedLetters(letters, maxValueBytes), (source) =>
    connection.run(insertLettersFrom(source)),
  );
  requireAll(inserted, letters);
}

/** The rows that DuckDB does not accept as JSON although JSON.parse does, such as those with a lone surrogate. */
export async function findRejected(
  connection: SqlConnection,
  rows: readonly StoredRow[],
): Promise<RejectedRow[]> {
  const rejected = await connection.stage(STAGED_EVENTS, stagedEvents(rows), (source) =>
    connection.rows<{ ROW_INDEX: number }>(selectRejectedFrom(source)),
  );
  return rejected.map(({ ROW_INDEX }) => ({
    index: ROW_INDEX,
    reason: 'DuckDB does not accept the text as JSON, perhaps because of a lone surrogate',
  }));
}

function stagedEvents(rows: readonly StoredRow[]): Iterable<StagedRow> {
  return {
    *[Symbol.iterator]() {
      let index = 0;
      for (const { message, eventType, productId, customerId, content } of rows) {
        const type = eventType === null ? null : columnText(eventType);
        yield [index++, type, productId, customerId, eventMetadata(message), content];
      }
    },
  };
}

function stagedLetters(letters: readonly DeadLetter[], maxValueBytes: number): Iterable<StagedRow> {
  return {
    *[Symbol.iterator]() {
      for (const letter of letters) yield deadLetterValues(toDeadLetterRecord(letter, maxValueBytes));
    },
  };
}

/** @throws Error, so that the transaction is rolled back */
function requireAll(inserted: number, { length }: readonly unknown[]): void {
  if (inserted !== length) throw new Error(`DuckDB inserted ${inserted} rows instead of ${length}`);
}

function columnNames(table: typeof RAW_EVENTS_STREAM | typeof SALES_EVENTS_DLQ): string {
  return writtenColumns(table)
    .map(({ name }) => name)
    .join(', ');
}
