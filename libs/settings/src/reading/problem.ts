import { isAbsolute } from 'node:path';
import type { SettingDeclaration } from '../sections/setting.js';

/** What is wrong, and with which keys. Checks that need one of these keys are skipped. */
export interface Problem {
  keys: readonly string[];
  text: string;
}

const LONGEST_SHOWN = 80;

/** `KEY: "abc" given, expected a whole number from 1 to 100` */
export function invalidValue(declaration: SettingDeclaration, value: string): Problem {
  const { key, kind } = declaration;
  return problem(key, `${given(declaration, value)} given, expected ${kind.expected}${hint(key, value)}`);
}

export function notSet({ key, kind }: SettingDeclaration): Problem {
  return problem(key, `not set, expected ${kind.expected}`);
}

export function problem(key: string, text: string): Problem {
  return { keys: [key], text: `${key}: ${text}` };
}

/** The quoted path, or only its length if it may be the secret itself, set under the wrong name. */
export function shownPath({ kind }: SettingDeclaration, path: string): string {
  return kind.isSecret && !isAbsolute(path) && !/^(\.|~\/)/.test(path)
    ? `(a path of ${path.length} characters)`
    : quoted(path);
}

function given({ kind }: SettingDeclaration, value: string): string {
  return kind.isSecret ? `(secret, ${value.length} characters)` : quoted(value);
}

/** The text in quotes on one line, but never a key or password that was set under the wrong name. */
export function quoted(text: string): string {
  if (/-----BEGIN|:\/\/[^/]*@|[^\s,/:@]*:[^\s,]*@/.test(text))
    return `(${text.length} characters that contain a secret)`;
  return JSON.stringify(
    text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}... (${text.length} characters)` : text,
  );
}

function hint(key: string, value: string): string {
  if (isQuoted(value))
    return '; the quotes are part of the value: not every reader of env files removes them';
  if (/[\r\n]$/.test(value))
    return '; the line break at its end is part of the value: write it without one, with printf %s instead of echo';
  // Kubernetes sets METRICS_PORT=tcp://10.0.0.1:80 if a service is named metrics.
  return key.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value)
    ? '; Kubernetes sets this for a service of that name: set enableServiceLinks: false in the pod'
    : '';
}

/** Whether the text is in quotes, as in a shell. */
export function isQuoted(text: string): boolean {
  return text.length > 1 && /^(["']).*\1$/s.test(text);
}
