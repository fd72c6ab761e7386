// Tests must not let the driver query cloud metadata addresses, or report its connections.
process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';

import type { Bind, Connection, ConnectionOptions, SnowflakeError } from 'snowflake-sdk';

const { default: snowflake } = await import('snowflake-sdk');
snowflake.configure({ useEnvProxy: false, logLevel: 'OFF', jsonColumnVariantParser: JSON.parse });

/** A connection of the real driver to an endpoint. */
export async function connect(url: string, options: Partial<ConnectionOptions> = {}): Promise<Connection> {
  const connection = snowflake.createConnection({
    account: 'testaccount',
    accessUrl: url,
    username: 'ingester',
    password: 'secret',
    warehouse: 'INGEST_WH',
    database: 'CAVES_ALBERT',
    schema: 'RAW_DATA',
    timeout: 5000,
    sfRetryMaxLoginRetries: 0,
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  return connection;
}

export interface Answer {
  rows: Record<string, unknown>[];
  changed: number;
}

/** @throws SnowflakeError */
export function execute(connection: Connection, sqlText: string, binds: Bind[] = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      binds,
      complete: (error: SnowflakeError | undefined, statement, rows: Record<string, unknown>[] = []) => {
        if (error) reject(error);
        else resolve({ rows, changed: statement.getNumUpdatedRows() ?? -1 });
      },
    });
  });
}

/** Ends the session. */
export function disconnect(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.destroy(() => {
      resolve();
    });
  });
}
