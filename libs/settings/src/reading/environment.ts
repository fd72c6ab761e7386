import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { problem, shownPath, type Problem } from './problem.js';
import type { SettingDeclaration } from '../sections/setting.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const LARGEST_FILE_BYTES = 1_048_576;
export const BYTE_ORDER_MARK = '\uFEFF';

/** The value of a setting in the environment or in the file that it names. */
export type Reading = { kind: 'given'; value: string } | { kind: 'absent' } | ({ kind: 'faulty' } & Problem);

/** An empty text counts as not set: Compose and Kubernetes pass variables without a value this way. */
export function readSetting(env: Environment, declaration: SettingDeclaration): Reading {
  const { key } = declaration;
  const value = withoutMark(env[key] ?? '');
  const path = pathOf(env, key) ?? '';
  if (path === '') return value === '' ? { kind: 'absent' } : { kind: 'given', value };
  if (value !== '') return faulty(key, `${key}_FILE is also set; set only one of the two`);
  return readSettingFile(declaration, path);
}

/** The path in `<key>_FILE`; null if it is not set. */
export function pathOf(env: Environment, key: string): string | null {
  const path = withoutMark(env[`${key}_FILE`] ?? '');
  return path === '' ? null : path;
}

/** The contents of a file without its trailing line breaks, or what is wrong with it. */
export function readSettingFile(declaration: SettingDeclaration, path: string): Reading {
  const name = `${declaration.key}_FILE`;
  const shown = shownPath(declaration, path);
  try {
    const file = statSync(path);
    if (file.isDirectory()) return faulty(name, `${shown} is a directory, expected a file`);
    if (!file.isFile()) return faulty(name, `${shown} is not a regular file`);
    if (file.size > LARGEST_FILE_BYTES)
      return faulty(name, `${shown} is larger than ${LARGEST_FILE_BYTES} bytes`);
    const bytes = readFileSync(path);
    if (!isUtf8(bytes))
      return faulty(name, `${shown} is not UTF-8 text${isUtf16(bytes) ? ' but UTF-16' : ''}`);
    const value = withoutMark(bytes.toString()).replace(/[\r\n]+$/, '');
    return value === '' ? faulty(name, `${shown} is empty`) : { kind: 'given', value };
  } catch (error) {
    return faulty(name, `${shown} cannot be read (${codeOf(error)})${hint(path, codeOf(error))}`);
  }
}

/** Whether the setting comes from a file that ends in a line break, which its value does not have. */
export function endsInLineBreak(env: Environment, key: string): boolean {
  const path = pathOf(env, key);
  return path !== null && /[\r\n]$/.test(readFileSync(path, 'utf8'));
}

/** Windows editors prepend a byte order mark. It is never part of a value. */
function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex');
  return mark === 'fffe' || mark === 'feff';
}

function hint(path: string, code: string): string {
  if (path.startsWith('~')) return ': only a shell expands ~; give the full path';
  if (code === 'EACCES') return `: user ${process.getuid?.() ?? ''} may not read it`;
  return '';
}

function faulty(key: string, text: string): Reading {
  return { kind: 'faulty', ...problem(key, text) };
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'unknown error';
}
