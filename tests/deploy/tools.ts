import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

const INSTALLED = join(REPOSITORY_ROOT, '.local/deploy-tools/bin');

/**
 * Finds a program, installed by tests/deploy/install-tools.sh or on the PATH. Returns null and prints one line if it is
 * missing; in continuous integration nothing may be skipped.
 *
 * @throws Error if CI is set and the program is missing
 */
export function findTool(name: string, neededFor: string): string | null {
  const folders = [INSTALLED, ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  const missing = `${neededFor} (needs ${name}: tests/deploy/install-tools.sh)`;
  if (isCi()) throw new Error(`CI is set and this cannot be checked: ${missing}`);
  process.stderr.write(`left out: ${missing}\n`);
  return null;
}

/** Runs a program that must succeed, and returns its standard output. */
export function outputOf(
  program: string,
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${status ?? 'killed'}\n${stdout}${stderr}`);
  return stdout;
}

function isCi(): boolean {
  return !['', 'false', undefined].includes(process.env['CI']);
}
