/**
 * The columns that the documents use of Snowflake's views, as its reference lists them:
 * https://docs.snowflake.com/en/sql-reference/account-usage
 */
export const ACCOUNT_USAGE: Record<string, Record<string, string>> = {
  QUERY_HISTORY: {
    QUERY_TEXT: 'VARCHAR',
    QUERY_TYPE: 'VARCHAR',
    QUERY_TAG: 'VARCHAR',
    USER_NAME: 'VARCHAR',
    START_TIME: 'TIMESTAMP_LTZ',
    ERROR_CODE: 'VARCHAR',
    ERROR_MESSAGE: 'VARCHAR',
    TOTAL_ELAPSED_TIME: 'NUMBER',
    TRANSACTION_BLOCKED_TIME: 'NUMBER',
    QUEUED_OVERLOAD_TIME: 'NUMBER',
    QUEUED_PROVISIONING_TIME: 'NUMBER',
    CREDITS_USED_CLOUD_SERVICES: 'FLOAT',
  },
  QUERY_ATTRIBUTION_HISTORY: {
    QUERY_TAG: 'VARCHAR',
    USER_NAME: 'VARCHAR',
    START_TIME: 'TIMESTAMP_LTZ',
    CREDITS_ATTRIBUTED_COMPUTE: 'FLOAT',
  },
  WAREHOUSE_METERING_HISTORY: {
    WAREHOUSE_NAME: 'VARCHAR',
    START_TIME: 'TIMESTAMP_LTZ',
    CREDITS_USED_COMPUTE: 'FLOAT',
    CREDITS_USED_CLOUD_SERVICES: 'FLOAT',
  },
  LOCK_WAIT_HISTORY: {
    OBJECT_NAME: 'VARCHAR',
    SCHEMA_NAME: 'VARCHAR',
    DATABASE_NAME: 'VARCHAR',
    REQUESTED_AT: 'TIMESTAMP_LTZ',
    ACQUIRED_AT: 'TIMESTAMP_LTZ',
  },
  TABLE_STORAGE_METRICS: {
    TABLE_NAME: 'VARCHAR',
    TABLE_SCHEMA: 'VARCHAR',
    TABLE_CATALOG: 'VARCHAR',
    ACTIVE_BYTES: 'NUMBER',
    TIME_TRAVEL_BYTES: 'NUMBER',
    FAILSAFE_BYTES: 'NUMBER',
    DELETED: 'BOOLEAN',
  },
};

/** What Snowflake's system functions return, for engines that lack them. */
export const SYSTEM_FUNCTIONS: Record<string, string> = {
  'SYSTEM$ALLOWLIST()': `'[{"type":"STAGE","host":"bucket.s3.amazonaws.com","port":443}]'`,
  'SYSTEM$ALLOWLIST_PRIVATELINK()': `'[{"type":"SNOWFLAKE_DEPLOYMENT","host":"a.privatelink.snowflakecomputing.com","port":443}]'`,
  'SYSTEM$GET_PRIVATELINK_CONFIG()': `'{"regionless-privatelink-account-url":"a.privatelink.snowflakecomputing.com"}'`,
  SYSTEM$CLUSTERING_INFORMATION: 'CONCAT',
};
