import {
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  writtenColumns,
  type Column,
  type Table,
} from '../../tables.js';
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
COPY INTO ${schema}.${table.name} (${columns.map(({ name }) => `"${name}"`).join(', ')})
FROM (
  SELECT ${columns.map((column) => valueOf(table, column)).join(',\n         ')}
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
)`;
}

function valueOf(table: Table, { name, kind }: Column): string {
  const value = `$1:${name}`;
  switch (kind) {
    case 'text':
      return `${value}::VARCHAR`;
    case 'integer':
      return `${value}::INTEGER`;
    case 'json':
      // 'd' accepts duplicate keys as JSON.parse does: the last one counts. What is not JSON is NULL, which the column
      // of the events refuses.
      return table.name === RAW_EVENTS_STREAM.name
        ? `TRY_PARSE_JSON(${value}::VARCHAR, 'd')`
        : `PARSE_JSON(${value}::VARCHAR)`;
    case 'object':
      return `PARSE_JSON(${value}::VARCHAR)::OBJECT`;
    case 'timestamp':
      return `TO_TIMESTAMP_LTZ(${value}::INTEGER, 3)`;
  }
}
