import {
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  writtenColumns,
  type Column,
  type Table,
} from '../../tables.js';
import { columnValue, names, parsedContent } from '../../snowflake/writing/statements.js';
import { PIPES } from '../channels/channel-names.js';
import { INGESTION_LEDGER } from './ledger-table.js';

/** The pipes, and the table of each. */
export const PIPED_TABLES: readonly (readonly [pipe: string, table: Table])[] = [
  [PIPES.events, RAW_EVENTS_STREAM],
  [PIPES.letters, SALES_EVENTS_DLQ],
  [PIPES.ledger, INGESTION_LEDGER],
];

/**
 * A pipe that maps a row's fields to the columns of the same names. JSON arrives as text and is parsed as the SQL engine
 * does, so that the producer's text has the same value in both. The columns are listed, because a pipe that matches them
 * by name writes NULL to those with a default.
 */
export function createPipe(schema: string, pipe: string, table: Table): string {
  const columns = writtenColumns(table);
  return `CREATE PIPE IF NOT EXISTS ${schema}.${pipe} AS
COPY INTO ${schema}.${table.name} (${names(columns)})
FROM (
  SELECT ${columns.map((column) => valueOf(table, column)).join(',\n         ')}
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
)`;
}

function valueOf(table: Table, column: Column): string {
  const value = `$1:${column.name}`;
  // What is not JSON is NULL, which the column of the events refuses.
  const isContent = table.name === RAW_EVENTS_STREAM.name && column.kind === 'json';
  return isContent ? parsedContent(`${value}::VARCHAR`) : columnValue(column, value);
}
