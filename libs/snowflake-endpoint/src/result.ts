import type { Column, Row } from './tables.js';

/** What a statement gives back. `statementTypeId` tells the driver which statements change rows. */
export interface Result {
  columns: Column[];
  rows: Row[];
  statementTypeId: number;
}
