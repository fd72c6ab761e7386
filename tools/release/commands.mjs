import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A problem that the user can solve; shown without a stack. */
export class ReleaseError extends Error {}

/** Runs a program that must succeed, and returns what it prints, without trailing white space. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...options,
  });
  if (error !== undefined) throw new ReleaseError(`${program} cannot be started: ${error.message}`);
  if (status !== 0) throw new ReleaseError(`${program} ${args.join(' ')} failed:\n${stderr ?? ''}`);
  return stdout?.trimEnd() ?? '';
}

/** The path of the first of these programs that is in the folders or on the PATH; null if none is. */
export function firstOf(names, folders = []) {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter)];
  const paths = names.flatMap((name) => all.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}
