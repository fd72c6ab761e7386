import type { Settings } from '#settings';
import { duckDbEngine } from './duckdb/duckdb-engine.js';
import { snowflakeEngine } from './snowflake/snowflake-engine.js';
import { streamingEngine } from './streaming/streaming-engine.js';
import type { DuckDbRole } from './duckdb/writing/duckdb-repository.js';
import type { WarehouseEngine } from './warehouse-engine.js';

/**
 * Creates the engine that WAREHOUSE and SNOWFLAKE_INGEST select; the settings of the other warehouse are null.
 *
 * @param role whether it is for the service, which owns a DuckDB file, or for a command, which can use it beside the service
 */
export function warehouseEngine(
  { duckDb, snowflake, kafka, batch }: Pick<Settings, 'duckDb' | 'snowflake' | 'kafka' | 'batch'>,
  role: DuckDbRole = 'command',
): WarehouseEngine {
  if (snowflake?.ingest === 'streaming') return streamingEngine(snowflake, kafka);
  if (snowflake !== null) return snowflakeEngine(snowflake, kafka);
  if (duckDb !== null) return duckDbEngine(duckDb, kafka, batch, role);
  throw new Error('The settings select no warehouse');
}
