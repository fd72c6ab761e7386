import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** The variables of a file with `NAME=value` lines. */
export function parseEnvFile(path: string): Record<string, string> {
  return parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;
}
