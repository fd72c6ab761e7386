/** `TIMESTAMPTZ` is given in epoch milliseconds. */
export type StagedType = 'INTEGER' | 'BIGINT' | 'VARCHAR' | 'TIMESTAMPTZ';

/** Text, also as its bytes in UTF-8; or an integer. */
export type StagedValue = string | Buffer | number | null;

/** The values of a row, in the order of the columns. */
export type StagedRow = readonly StagedValue[];

/** What rows look like that statements read beside the tables. */
export interface StagedTable {
  name: string;
  columns: readonly { name: string; type: StagedType }[];
}

export function createTempTable({ name, columns }: StagedTable): string {
  return `CREATE TEMP TABLE ${name} (${columns.map((column) => `${column.name} ${column.type}`).join(', ')})`;
}
