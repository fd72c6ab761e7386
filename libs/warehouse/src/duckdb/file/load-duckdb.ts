import type * as api from '@duckdb/node-api';
import type bindings from '@duckdb/node-bindings';

export interface DuckDb {
  api: typeof api;
  bindings: typeof bindings;
}

/** Loads DuckDB on first use: a service that writes to Snowflake does not need its 14 MB. */
export function loadDuckDb(): Promise<typeof api> {
  return import('@duckdb/node-api');
}

/** Loads DuckDB's client together with the bindings below it. */
export async function loadBindings(): Promise<DuckDb> {
  const [loaded, below] = await Promise.all([loadDuckDb(), import('@duckdb/node-bindings')]);
  return { api: loaded, bindings: below.default };
}
