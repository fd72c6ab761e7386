import type { Column, ColumnKind, Table } from '../../tables.js';
import type { SchemaStatement } from '../../warehouse-schema.js';

/** One statement. Tables and columns that exist stay unchanged; views for analysts are replaced. */
export interface SchemaStep extends SchemaStatement {
  /** The schema version that introduced it. */
  version: number;
  /** Whether the next step is part of the same transaction. */
  isInTransaction?: true;
}

/** Snowflake's column types for CREATE TABLE. */
const TYPES: Record<ColumnKind, string> = {
  text: 'VARCHAR',
  integer: 'INTEGER',
  json: 'VARIANT',
  object: 'OBJECT',
  timestamp: 'TIMESTAMP_LTZ',
};

export function columnType({ kind, length }: Column): string {
  return length === undefined ? TYPES[kind] : `${TYPES[kind]}(${length})`;
}

export function columnDefinitions(columns: readonly Column[]): string[] {
  return columns.map((column) => {
    const rules = `${column.required ? ' NOT NULL' : ''}${column.insertedAt === true ? ' DEFAULT CURRENT_TIMESTAMP()' : ''}`;
    return `  "${column.name}" ${columnType(column)}${rules}`;
  });
}

export function createTable(schema: string, { name, columns }: Table): string {
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (\n${columnDefinitions(columns).join(',\n')}\n)`;
}

/** Adds the columns that a table of an earlier plan lacks. */
export function addColumns(schema: string, { name, columns }: Table): string[] {
  return columns
    .filter(({ filledLater }) => filledLater === true)
    .map(
      (column) =>
        `ALTER TABLE ${schema}.${name} ADD COLUMN IF NOT EXISTS "${column.name}" ${columnType(column)}`,
    );
}
