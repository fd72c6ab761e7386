import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runService } from '#testing';
import { planSchema } from '../../libs/warehouse/src/snowflake/schema.js';
import type { Contestant } from './contestants.js';

/** What stands behind the service in one run. */
export interface Surroundings {
  /** What the service has to know of it. */
  env: Readonly<Record<string, string>>;
  /** Asks the warehouse past the service, at once; null where it cannot be asked. */
  query: ((sql: string) => Promise<Record<string, unknown>[]>) | null;
  close(): Promise<void>;
}

const HOLD_MS = 200;
const DATABASE = 'CAVES_ALBERT';
const SCHEMA = 'RAW_DATA';

export async function surroundings(
  warehouse: Contestant['warehouse'],
  workFolder: string,
): Promise<Surroundings> {
  switch (warehouse) {
    case 'none':
      return {
        // Every service has a warehouse in its settings; this one is never opened.
        env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(workFolder, 'never-opened.duckdb') },
        query: null,
        close: async () => undefined,
      };
    case 'duckdb':
      return duckDbFile(workFolder);
    case 'snowflake':
      return snowflakeEndpoint();
  }
}

async function duckDbFile(workFolder: string): Promise<Surroundings> {
  const folder = await mkdtemp(join(workFolder, 'duckdb-'));
  return {
    env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(folder, 'events.duckdb') },
    query: null,
    close: () => rm(folder, { recursive: true }),
  };
}

/** A process of its own, which counts events and does not keep them: its memory and CPU are not the service's. */
async function snowflakeEndpoint(): Promise<Surroundings> {
  const endpoint = runService('dist/libs/testing/src/snowflake-endpoint/main.js', {
    HOLD_MS: String(HOLD_MS),
    COUNT_ONLY: 'RAW_EVENTS_STREAM,SALES_EVENTS_DLQ',
    TRUST_JSON: '1',
  });
  const url = await endpoint.waitForLine(/^http:/);
  const query = async (sql: string) => {
    const response = await fetch(`${url}/__run`, { method: 'POST', body: sql });
    if (!response.ok) throw new Error(`The Snowflake endpoint refuses ${sql}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>[];
  };
  for (const { sql } of planSchema({ database: DATABASE, schema: SCHEMA })) await query(sql);
  return {
    env: {
      WAREHOUSE: 'snowflake',
      SNOWFLAKE_ACCESS_URL: url,
      SNOWFLAKE_ACCOUNT: 'testaccount',
      SNOWFLAKE_USER: 'INGESTER',
      SNOWFLAKE_PASSWORD: 'secret',
      SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
      SNOWFLAKE_DATABASE: DATABASE,
      SNOWFLAKE_SCHEMA: SCHEMA,
    },
    query,
    close: async () => {
      await endpoint.stop();
    },
  };
}
