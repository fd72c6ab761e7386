import type { SnowflakeEndpoint } from '#testing';

/** What a service needs to write to the endpoint instead of to Snowflake. */
export function snowflakeEnv({ url }: SnowflakeEndpoint): Record<string, string> {
  return {
    WAREHOUSE: 'snowflake',
    SNOWFLAKE_ACCOUNT: 'testaccount',
    SNOWFLAKE_ACCESS_URL: url,
    SNOWFLAKE_USER: 'INGESTER',
    SNOWFLAKE_PASSWORD: 'secret',
    SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
    SNOWFLAKE_DATABASE: 'CAVES_ALBERT',
  };
}
