import type { Column, Row } from './tables.js';

/** From the driver's own list, statement_type.js; the others are what Snowflake returns. */
export const STATEMENT_TYPE = {
  select: 0x1000,
  insert: 0x3100,
  /** Snowflake does not publish its number; the driver counts no rows for it. */
  insertOverwrite: 0x3000,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  session: 0x4000,
  transaction: 0x5400,
  ddl: 0x6000,
} as const;

/** What a statement gives back. `statementTypeId` tells the driver which statements change rows. */
export interface Result {
  columns: Column[];
  rows: Row[];
  statementTypeId: number;
}
