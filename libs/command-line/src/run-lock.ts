import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isRunning } from './is-running.js';
import { PlainError } from './plain-error.js';

/**
 * Makes sure that one run at a time works in a folder: a file with this process's id, removed when the process ends.
 * The file of a run that was killed is taken over.
 *
 * @param program what runs, as a person calls it
 * @throws PlainError when another run is at work there
 */
export function takeRunLock(file: string, program: string): void {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    while (!isLinked(own, file)) takeAway(file, program);
  } finally {
    rmSync(own, { force: true });
  }
  process.once('exit', () => {
    rmSync(file, { force: true });
  });
}

/** A link appears with its content: nobody reads a lock that is half written. */
function isLinked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes away the lock of a run that was killed; puts it back if another run has replaced it meanwhile. */
function takeAway(file: string, program: string): void {
  const owner = ownerOf(file);
  if (owner === null) return;
  if (isRunning(owner)) {
    throw new PlainError(
      `Another ${program} is running on this folder: process ${owner}.\n` +
        `Stop it first, or use another folder with --folder. If that process is another program, remove ${file}.`,
    );
  }
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!Object.is(ownerOf(aside), owner)) isLinked(aside, file);
  rmSync(aside);
}

/** NaN if nobody can be read from it; null if there is no lock. */
function ownerOf(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8') || NaN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
