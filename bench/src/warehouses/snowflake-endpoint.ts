import type { ListedChannel } from '#snowflake-endpoint';
import { runService } from '#testing';
import { planSchema } from '#warehouse';

const DATABASE = 'CAVES_ALBERT';
const SCHEMA = 'RAW_DATA';
/** What a batch takes, by the endpoint's names. */
const OF_BATCH = /^(stage|insert |update |commit$|append-rows |channel-status )/;

/** Snowpipe Streaming does not accept passwords. */
export const STREAMING_ENV = {
  SNOWFLAKE_INGEST: 'streaming',
  SNOWFLAKE_PASSWORD: '',
  SNOWFLAKE_TOKEN: 'token',
};
/** Each list is megabytes: a small heap would be collected for each of them, and take that CPU from who is measured. */
const HEAP = ['--initial-heap-size=2048'];

/** The Snowflake endpoint as a process of its own: its memory and CPU are not the service's. */
export interface EndpointProcess {
  url: string;
  /** What the service has to know of it. */
  env: Readonly<Record<string, string>>;
  /** The number of statements and requests so far that batches took. */
  statements(): Promise<number>;
  /** The bytes so far that Snowpipe Streaming bills. */
  billedBytes(): Promise<number>;
  channels(): Promise<ListedChannel[]>;
  /** Runs a statement past the service, at once. */
  query: (sql: string) => Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * @param settings see libs/snowflake-endpoint/src/main.ts
 * @param target what the schema has beside its tables
 */
export async function startSnowflakeEndpoint(
  settings: Readonly<Record<string, string>>,
  target: { checkpointTables?: number | undefined; streaming?: boolean } = {},
): Promise<EndpointProcess> {
  const endpoint = runService('dist/libs/snowflake-endpoint/src/main.js', settings, {
    nodeArgs: HEAP,
  });
  const url = await endpoint.waitForLine(/^http:/);
  const query = async (sql: string) => {
    const response = await fetch(`${url}/__run`, { method: 'POST', body: sql });
    if (!response.ok) throw new Error(`The Snowflake endpoint refuses ${sql}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>[];
  };
  const streaming = async () => {
    const response = await fetch(`${url}/__streaming`);
    return (await response.json()) as { billedBytes: number; channels: ListedChannel[] };
  };
  for (const { sql } of planSchema({ database: DATABASE, schema: SCHEMA, ...target })) await query(sql);
  return {
    url,
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
    statements: async () => {
      const response = await fetch(`${url}/__stats`);
      const { executed } = (await response.json()) as { executed: Record<string, number> };
      const ofBatches = Object.entries(executed).filter(([name]) => OF_BATCH.test(name));
      return ofBatches.reduce((sum, [, count]) => sum + count, 0);
    },
    billedBytes: async () => (await streaming()).billedBytes,
    channels: async () => (await streaming()).channels,
    query,
    close: async () => {
      await endpoint.stop();
    },
  };
}
