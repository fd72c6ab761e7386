import type Driver from 'snowflake-sdk';
import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { deferClouds } from './deferred-clouds.js';
import { spareUnusedCompression } from './unused-compression.js';

let loading: Promise<typeof Driver> | null = null;

/**
 * Snowflake's driver, loaded when it is first needed: it looks around at the moment it is loaded. Unless it logs in
 * with the identity of its platform it shall not ask cloud metadata addresses which platform that is, and never
 * report how it connects; its own log would go to the standard output.
 */
export async function createConnection(options: ConnectionOptions): Promise<Connection> {
  loading ??= load(options.authenticator === 'WORKLOAD_IDENTITY');
  return (await loading).createConnection(options);
}

async function load(needsPlatform: boolean): Promise<typeof Driver> {
  if (!needsPlatform) {
    process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
    deferClouds();
  }
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';
  const { default: driver } = await import('snowflake-sdk');
  spareUnusedCompression();
  driver.configure({ useEnvProxy: false, logLevel: 'OFF', jsonColumnVariantParser: JSON.parse });
  return driver;
}
