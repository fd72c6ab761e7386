import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A run of `npm start`, as it introduces itself to other programs. */
export interface LocalRun {
  pid: number;
  /** Where its data are, as a person reads it. */
  data: string;
  /** What starts it again. */
  command: string;
  /** The settings with which another program uses its broker and its warehouse. */
  env: Record<string, string>;
}

export function writeLocalRun(file: string, run: LocalRun): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(run), { mode: 0o600 });
}

/** Null if there was none, or the file is not one of ours. */
export function readLocalRun(file: string): LocalRun | null {
  try {
    const run = JSON.parse(readFileSync(file, 'utf8')) as Partial<LocalRun>;
    const { pid, data, command, env } = run;
    return pid === undefined || data === undefined || command === undefined || env === undefined
      ? null
      : { pid, data, command, env };
  } catch {
    return null;
  }
}
