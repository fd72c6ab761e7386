import type * as DuckDb from '@duckdb/node-api';

/** DuckDB's library, when it is first needed: it takes 14 MB, which a service that writes to Snowflake has no use for. */
export function loadDuckDb(): Promise<typeof DuckDb> {
  return import('@duckdb/node-api');
}
