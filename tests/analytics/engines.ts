import { randomUUID } from 'node:crypto';
import type { FakesnowServer } from '#testing';
import { DuckDbWarehouse, SnowflakeWarehouse } from '#testing/warehouse-contract';
import { operator } from '../operator/operator.js';

/** A warehouse with the tables and, by the operator's command, the views for analysts. */
export interface ViewsWarehouse {
  warehouse: DuckDbWarehouse | SnowflakeWarehouse;
  close: () => Promise<void>;
}

export type ViewsEngine = readonly [name: string, start: () => Promise<ViewsWarehouse>];

/** The engines that this machine can run. */
export function viewsEngines(fakesnow: FakesnowServer | null): ViewsEngine[] {
  const engines: ViewsEngine[] = [['DuckDB', onDuckDb]];
  if (fakesnow !== null) engines.push(['Snowflake (fakesnow)', () => onSnowflake(fakesnow.url)]);
  return engines;
}

async function onDuckDb(): Promise<ViewsWarehouse> {
  const warehouse = await DuckDbWarehouse.start();
  // The service creates the tables when it opens the file.
  const repository = warehouse.repository('views');
  expect(await repository.open()).toEqual([]);
  await repository.close();
  await applyViews({ WAREHOUSE: 'duckdb', DUCKDB_PATH: warehouse.path });
  return { warehouse, close: () => warehouse.close() };
}

async function onSnowflake(accessUrl: string): Promise<ViewsWarehouse> {
  const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
  const warehouse = await SnowflakeWarehouse.start({ accessUrl, database });
  await applyViews({
    SNOWFLAKE_ACCOUNT: 'testaccount',
    SNOWFLAKE_ACCESS_URL: accessUrl,
    SNOWFLAKE_USER: 'OWNER',
    SNOWFLAKE_PASSWORD: 'secret',
    SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
    SNOWFLAKE_DATABASE: database,
  });
  return { warehouse, close: () => warehouse.close() };
}

/** Twice, as the second run replaces existing views. */
async function applyViews(env: Record<string, string>): Promise<void> {
  for (let time = 0; time < 2; time += 1) {
    expect(await operator(env, 'schema', 'apply', '--analytics')).toMatchObject({ code: 0, stderr: '' });
  }
}
