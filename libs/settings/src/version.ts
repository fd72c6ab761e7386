import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of this package from its package.json; `unknown` if there is none. */
export function serviceVersion(): string {
  const path = findPackageJSON('.', import.meta.url);
  if (path === undefined) return 'unknown';
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}
