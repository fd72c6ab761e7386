/** The environment of a service that writes to an endpoint instead of Snowflake. */
export function snowflakeEnv({ url }: { url: string }): Record<string, string> {
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
