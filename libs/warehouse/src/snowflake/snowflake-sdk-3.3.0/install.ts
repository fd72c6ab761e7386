import { createRequire } from 'node:module';
import type Driver from 'snowflake-sdk';
import { isPatchable, type PatchTarget } from '#patching';
import { CLOUD_LIBRARIES, deferClouds } from './deferred-clouds.js';
import { HTTP_CLIENT_MODULE, skipUnusedCompression } from './unused-compression.js';

const DRIVER: PatchTarget = {
  name: 'snowflake-sdk',
  version: '3.3.0',
  files: [HTTP_CLIENT_MODULE, ...CLOUD_LIBRARIES],
  // Loading the driver loads the libraries to defer.
  unloaded: [HTTP_CLIENT_MODULE],
  cost:
    'it takes 9 MB more memory for the libraries of AWS, Azure and Google, and a sixth more CPU per event for compressed ' +
    'bodies that it does not send',
};

/**
 * Imports Snowflake's driver, patched. If it cannot be patched, a process warning says why, and it runs as published.
 *
 * @param usesClouds whether the login needs the libraries of the cloud that this process runs in
 */
export async function importDriver(usesClouds: boolean): Promise<typeof Driver> {
  // Resolved from the driver, which may have a node_modules folder of its own.
  const require = createRequire(import.meta.resolve('snowflake-sdk'));
  const isPatched = isPatchable(DRIVER, require);
  if (isPatched && !usesClouds) deferClouds(require);
  const { default: driver } = await import('snowflake-sdk');
  if (isPatched) skipUnusedCompression(require);
  return driver;
}
