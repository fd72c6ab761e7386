import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Variables of a file of `NAME=value` lines. */
export function parseEnvFile(path: string): Record<string, string> {
  return parseEnv(readFileSync(path, 'utf8')) as Record<string, string>;
}
