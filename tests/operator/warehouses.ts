import { copyFile } from 'node:fs/promises';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { withDuckDbFile } from '#testing';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import type { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

/** The tables of a scenario's service, and how a test changes them. */
export interface Tables {
  env: Record<string, string>;
  execute: (sql: string) => Promise<void>;
  /** Saves all rows. The returned function restores them. */
  save: () => Promise<() => Promise<void>>;
  close: () => Promise<void>;
}

/** Both warehouses, by name. */
export const WAREHOUSES = [
  ['DuckDB', onDuckDb],
  ['Snowflake', () => onSnowflake(1)],
] as const;

async function onDuckDb(scenario: Scenario): Promise<Tables> {
  const execute = (sql: string) =>
    withDuckDbFile(scenario.duckdbPath, 'READ_WRITE', async (connection) => {
      await connection.run(sql);
    });
  const env = { WAREHOUSE: 'duckdb', DUCKDB_PATH: scenario.duckdbPath };
  const save = async () => {
    const copy = `${scenario.duckdbPath}.saved`;
    await copyFile(scenario.duckdbPath, copy);
    return () => copyFile(copy, scenario.duckdbPath);
  };
  return { env, execute, save, close: () => Promise.resolve() };
}

/** @param checkpointTables the number of checkpoint tables */
export async function onSnowflake(checkpointTables: number): Promise<Tables> {
  const endpoint = await SnowflakeEndpoint.start();
  const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url, checkpointTables });
  return {
    env: snowflakeEnv(endpoint),
    execute: (sql) => warehouse.execute(sql),
    save: async () => {
      const restore = endpoint.save();
      return async () => {
        restore();
      };
    },
    close: () => endpoint.close(),
  };
}
