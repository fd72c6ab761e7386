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

/** @param options clauses that follow the columns */
export function createTable(schema: string, { name, columns }: Table, options = ''): string {
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (\n${columnDefinitions(columns).join(',\n')}\n)${options}`;
}

/** The columns that a table of an earlier plan may lack. */
export function laterColumns({ columns }: Table): readonly Column[] {
  return columns.filter(({ filledLater }) => filledLater === true);
}

export function addColumn(schema: string, { name }: Table, column: Column): string {
  return `ALTER TABLE ${schema}.${name} ADD COLUMN IF NOT EXISTS "${column.name}" ${columnType(column)}`;
}
