import type { Settings } from '#settings';
import { duckDbEngine } from './duckdb/duckdb-engine.js';
import { snowflakeEngine } from './snowflake/snowflake-engine.js';
import type { WarehouseEngine } from './warehouse-engine.js';

/** Creates the engine that WAREHOUSE selects; the settings of the other one are null. */
export function warehouseEngine({
  duckDb,
  snowflake,
  kafka,
  batch,
}: Pick<Settings, 'duckDb' | 'snowflake' | 'kafka' | 'batch'>): WarehouseEngine {
  if (snowflake !== null) return snowflakeEngine(snowflake, kafka);
  if (duckDb !== null) return duckDbEngine(duckDb, kafka, batch);
  throw new Error('The settings select no warehouse');
}
