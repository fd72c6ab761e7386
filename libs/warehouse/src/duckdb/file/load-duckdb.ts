import type * as DuckDb from '@duckdb/node-api';

/** Loads DuckDB on first use: a service that writes to Snowflake does not need its 14 MB. */
export function loadDuckDb(): Promise<typeof DuckDb> {
  return import('@duckdb/node-api');
}
