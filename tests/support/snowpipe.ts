import { execFileSync } from 'node:child_process';
import { PythonUnavailable, SnowpipeClient } from '#testing';

const isMandatory = process.env['CI'] !== undefined;

/** Without Python, PyPI or openssl a suite is skipped with a message, except where everything must be checked. */
export async function hasSnowpipeClient(suite: string): Promise<boolean> {
  try {
    await SnowpipeClient.install();
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    const isLeftOut = error instanceof PythonUnavailable || (error as { code?: unknown }).code === 'ENOENT';
    if (!isLeftOut || isMandatory) throw error;
    process.stdout.write(`Left out: ${suite} with Snowflake's own client: ${(error as Error).message}\n`);
    return false;
  }
}
