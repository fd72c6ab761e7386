import {
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  STG_RAW_EVENTS_STREAM,
  writtenColumns,
  type ColumnKind,
  type Table,
} from '../../tables.js';
import { createTempTable, type StagedTable, type StagedType } from '../connection/staged-rows.js';

const TYPES: Record<ColumnKind, StagedType> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  json: 'VARCHAR',
  object: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
};

export const STAGED_EVENTS: StagedTable = {
  name: STG_RAW_EVENTS_STREAM,
  columns: [{ name: 'ROW_INDEX', type: 'INTEGER' }, ...stagedColumns(RAW_EVENTS_STREAM)],
};

export const STAGED_LETTERS: StagedTable = {
  name: `STG_${SALES_EVENTS_DLQ.name}`,
  columns: stagedColumns(SALES_EVENTS_DLQ),
};

const STAGED = [STAGED_EVENTS, STAGED_LETTERS];

/** Commands that write through the service stage their rows in temporary tables, which belong to the connection. */
export const CREATE_STAGING = STAGED.map(createTempTable).join('; ');

/** @throws Error for any other table */
export function stagedTable(name: string): StagedTable {
  const found = STAGED.find((table) => table.name === name);
  if (found === undefined) throw new Error(`${name} is no staging table`);
  return found;
}

function stagedColumns(table: Table): StagedTable['columns'] {
  return writtenColumns(table).map(({ name, kind }) => ({ name, type: TYPES[kind] }));
}
