import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this repository, whether this file runs as source or from dist/. */
export const REPOSITORY_ROOT = rootAbove(import.meta.dirname);

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`no package.json in or above ${import.meta.dirname}`);
  return rootAbove(parent);
}
