import type Driver from 'snowflake-sdk';
import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { importDriver } from './install.js';

let loading: Promise<typeof Driver> | null = null;

/**
 * Creates a driver connection; loads the driver on first use. Unless the login uses the platform's identity, the driver
 * must not query cloud metadata addresses. It sends no telemetry about its connections, and does not log to standard
 * output.
 */
export async function createConnection(options: ConnectionOptions): Promise<Connection> {
  loading ??= load(options.authenticator === 'WORKLOAD_IDENTITY');
  return (await loading).createConnection(options);
}

async function load(usesClouds: boolean): Promise<typeof Driver> {
  // The driver reads both when it is loaded.
  if (!usesClouds) process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = '1';
  const driver = await importDriver(usesClouds);
  driver.configure({ useEnvProxy: false, logLevel: 'OFF', jsonColumnVariantParser: JSON.parse });
  return driver;
}
