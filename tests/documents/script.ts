import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { REPOSITORY_ROOT } from '#testing';

/**
 * Runs a document's commands in order, from the repository root, and returns everything that they print.
 *
 * @throws Error at the first failure
 */
export async function runScript(script: string, env: Record<string, string>): Promise<string> {
  const shell = spawn('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: REPOSITORY_ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const parts = Promise.all([text(shell.stdout), text(shell.stderr)]);
  const [code] = (await once(shell, 'close')) as [number | null];
  const output = (await parts).join('\n');
  if (code !== 0) throw new Error(`exited with ${String(code)}:\n${output}`);
  return output;
}
