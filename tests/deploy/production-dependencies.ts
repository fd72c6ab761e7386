import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { outputOf } from './tools.js';

const PRUNING = 'tools/prune.mjs';

interface LockFile {
  packages: Record<string, { dev?: boolean }>;
}

/**
 * Creates `folder`/node_modules like `npm ci --omit=dev` and the pruning in the image: copies what is installed here,
 * without what the lock file marks as a development dependency. A new install would take a minute.
 */
export async function copyProductionDependencies(folder: string): Promise<void> {
  outputOf('cp', ['-a', join(REPOSITORY_ROOT, 'node_modules'), folder]);
  const lock = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package-lock.json'), 'utf8')) as LockFile;
  const development = Object.entries(lock.packages).filter(([, { dev }]) => dev === true);
  await Promise.all(development.map(([path]) => rm(join(folder, path), { recursive: true, force: true })));
  outputOf(process.execPath, [join(REPOSITORY_ROOT, PRUNING), join(folder, 'node_modules')]);
}
