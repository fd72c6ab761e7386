import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { outputOf } from './tools.js';

const FILES = ['package.json', 'package-lock.json'];

/**
 * What `npm ci --omit=dev` installs into a clean folder: the path of a node_modules. It takes a minute, so it is kept
 * until package.json or the lock file change.
 */
export async function productionDependencies(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of FILES) hash.update(readFileSync(join(REPOSITORY_ROOT, file)));
  const kept = join(REPOSITORY_ROOT, '.local/production-dependencies', hash.digest('hex').slice(0, 16));
  const modules = join(kept, 'node_modules');
  if (existsSync(modules)) return modules;
  await rm(dirname(kept), { recursive: true, force: true });
  await mkdir(dirname(kept), { recursive: true });
  const folder = await mkdtemp(`${kept}-`);
  for (const file of FILES) await cp(join(REPOSITORY_ROOT, file), join(folder, file));
  outputOf('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder });
  await rename(folder, kept);
  return modules;
}
