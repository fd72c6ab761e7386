import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { PlainError } from '../plain-error.js';

/**
 * Makes sure that one run at a time works in a folder: a file with this process's id, removed when the process ends.
 * The file of a run that was killed is taken over.
 *
 * @throws PlainError when another run is at work there
 */
export function takeRunLock(file: string): void {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(readFileSync(file, 'utf8'));
    if (isRunning(owner)) {
      throw new PlainError(
        `Another npm start is running on this folder: process ${owner}.\n` +
          `Stop it first, or use another folder with --folder. If that process is not an npm start, remove ${file}.`,
      );
    }
    writeFileSync(file, String(process.pid));
  }
  process.once('exit', () => {
    rmSync(file, { force: true });
  });
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
