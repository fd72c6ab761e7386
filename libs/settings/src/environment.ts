import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { problem, shownPath, type Problem } from './problem.js';
import type { SettingDeclaration } from './setting.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const LARGEST_FILE_BYTES = 1_048_576;

/** What the environment, and the files that it names, give for a setting. */
export type Reading = { kind: 'given'; value: string } | { kind: 'absent' } | ({ kind: 'faulty' } & Problem);

/** An empty text counts as not set: compose and Kubernetes hand over variables without a value like that. */
export function readSetting(env: Environment, declaration: SettingDeclaration): Reading {
  const { key } = declaration;
  const value = env[key] ?? '';
  const path = env[`${key}_FILE`] ?? '';
  if (path === '') return value === '' ? { kind: 'absent' } : { kind: 'given', value };
  if (value !== '') return faulty(key, `${key}_FILE is set as well; set one of the two`);
  return readSettingFile(declaration, path);
}

function readSettingFile(declaration: SettingDeclaration, path: string): Reading {
  const name = `${declaration.key}_FILE`;
  const shown = shownPath(declaration, path);
  try {
    const file = statSync(path);
    if (!file.isFile()) return faulty(name, `${shown} is not a regular file`);
    if (file.size > LARGEST_FILE_BYTES)
      return faulty(name, `${shown} is larger than ${LARGEST_FILE_BYTES} bytes`);
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) return faulty(name, `${shown} is not UTF-8 text`);
    const value = bytes.toString().replace(/[\r\n]+$/, '');
    return value === '' ? faulty(name, `${shown} is empty`) : { kind: 'given', value };
  } catch (error) {
    return faulty(name, `${shown} cannot be read (${codeOf(error)})`);
  }
}

function faulty(key: string, text: string): Reading {
  return { kind: 'faulty', ...problem(key, text) };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
