import { compilationError } from './errors.js';
import type { Column, Row, Table } from './state/tables.js';
import type { Json, SqlValue } from './sql/types.js';
import { cast, Variant } from './sql/types.js';

/** A row by column names. Semi-structured values are plain objects, timestamps are Dates. */
export type RowObject = Record<string, unknown>;

export function toRowObject(columns: readonly Column[], row: Row): RowObject {
  return Object.fromEntries(columns.map(({ name }, index) => [name, plain(row[index] ?? null)]));
}

/** @throws SqlError for an unknown column, or a value that does not fit */
export function fromRowObject(table: Table, object: RowObject): Row {
  for (const name of Object.keys(object)) table.indexOf(name);
  return table.columns.map(({ name, type, nullable }) => {
    const given = object[name] ?? null;
    const nested = type.name === 'variant' || type.name === 'object' || type.name === 'array';
    const value = nested && given !== null ? Variant.of(given as Json) : cast(given as SqlValue, type);
    if (value === null && !nullable) throw compilationError(`${table.name}.${name} must not be NULL`);
    return value;
  });
}

function plain(value: SqlValue): unknown {
  return value instanceof Variant ? value.value : value;
}

/** The tables of the previous Python service, as it creates them itself. */
export const PREDECESSOR_TABLES = [
  `CREATE TABLE IF NOT EXISTS RAW_EVENTS_STREAM (
     EVENT_TYPE VARCHAR(50),
     PRODUCT_ID INTEGER,
     CUSTOMER_ID INTEGER,
     EVENT_METADATA OBJECT NOT NULL,
     EVENT_CONTENT VARIANT NOT NULL,
     INGESTION_TIME TIMESTAMP_LTZ DEFAULT CURRENT_TIMESTAMP()
   )`,
  `CREATE TABLE IF NOT EXISTS STG_RAW_EVENTS_STREAM (EVENT_METADATA_V VARCHAR, EVENT_CONTENT_V VARCHAR)`,
] as const;
