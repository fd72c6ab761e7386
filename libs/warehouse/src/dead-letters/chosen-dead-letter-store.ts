import { FaultError } from '#pipeline';
import type { DuckDbSettings, WarehouseSettings } from '#settings';
import { DuckDbDeadLetterStore } from '../duckdb/duckdb-dead-letter-store.js';
import type { DeadLetterStore } from './dead-letter-store.js';

/**
 * The dead letters of the warehouse that the settings choose, not opened yet.
 *
 * @throws FaultError where there is no adapter for it
 */
export function deadLetterStore({
  warehouse,
  duckDb,
}: {
  warehouse: WarehouseSettings;
  duckDb: DuckDbSettings | null;
}): DeadLetterStore {
  if (duckDb !== null) return new DuckDbDeadLetterStore({ path: duckDb.path });
  throw new FaultError({
    class: 'setup',
    code: 'NO_ADAPTER',
    message: `WAREHOUSE=${warehouse.engine}: this version cannot read dead letters there yet`,
    remedy: 'Ask the table SALES_EVENTS_DLQ with SQL',
  });
}
