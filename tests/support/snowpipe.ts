import { execFileSync } from 'node:child_process';
import { PythonUnavailable, SnowpipeClient } from '#testing';
import { optional } from './optional.js';

/** Whether there are Python, PyPI and openssl. */
export async function hasSnowpipeClient(suite: string): Promise<boolean> {
  const installed = await optional(
    `${suite} with Snowflake's own client`,
    async () => {
      await SnowpipeClient.install();
      execFileSync('openssl', ['version'], { stdio: 'ignore' });
      return true;
    },
    (error) => error instanceof PythonUnavailable || ('code' in error && error.code === 'ENOENT'),
  );
  return installed === true;
}
