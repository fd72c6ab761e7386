import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contestant } from '../contestants/contestants.js';
import { startSnowflakeEndpoint } from '../../warehouses/snowflake-endpoint.js';

/** What stands behind the service in one run. */
export interface Surroundings {
  /** What the service has to know of it. */
  env: Readonly<Record<string, string>>;
  /** Asks the warehouse past the service, at once; null where it cannot be asked. */
  query: ((sql: string) => Promise<Record<string, unknown>[]>) | null;
  /** The number of statements so far that batches took; null where there are none to count. */
  statements: (() => Promise<number>) | null;
  close(): Promise<void>;
}

const HOLD_MS = 200;

export async function surroundings(
  { warehouse, checkpointTables }: Contestant,
  workFolder: string,
): Promise<Surroundings> {
  switch (warehouse) {
    case 'none':
      return {
        // Every service has a warehouse in its settings; this one is never opened.
        env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(workFolder, 'never-opened.duckdb') },
        query: null,
        statements: null,
        close: async () => undefined,
      };
    case 'duckdb':
      return duckDbFile(workFolder);
    case 'snowflake':
      return countingEndpoint(checkpointTables);
  }
}

async function duckDbFile(workFolder: string): Promise<Surroundings> {
  const folder = await mkdtemp(join(workFolder, 'duckdb-'));
  return {
    env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(folder, 'events.duckdb') },
    query: null,
    statements: null,
    close: () => rm(folder, { recursive: true }),
  };
}

/** Counts events and does not keep them. */
function countingEndpoint(checkpointTables?: number): Promise<Surroundings> {
  const settings = {
    HOLD_MS: String(HOLD_MS),
    COUNT_ONLY: 'RAW_EVENTS_STREAM,SALES_EVENTS_DLQ',
    TRUST_JSON: '1',
  };
  return startSnowflakeEndpoint(settings, { checkpointTables });
}
