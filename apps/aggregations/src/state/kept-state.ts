import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Flink writes this file last, with one rename: a state that has it is complete. */
const METADATA = '_metadata';

/**
 * The newest complete checkpoint or savepoint below a folder, as a path; null if there is none.
 *
 * Only the newest may be continued from. Flink commits a checkpoint's results to Kafka as soon as it is complete, so an
 * older one would write them again.
 */
export function newestState(folder: string): string | null {
  const states = [
    ...subfolders(join(folder, 'checkpoints')).flatMap((job) => subfolders(job)),
    ...subfolders(join(folder, 'savepoints')),
  ].flatMap((path) => {
    const metadata = join(path, METADATA);
    return existsSync(metadata) ? [{ path, writtenAtMs: statSync(metadata).mtimeMs }] : [];
  });
  states.sort((a, b) => b.writtenAtMs - a.writtenAtMs);
  return states[0]?.path ?? null;
}

/** Forgets all state: the next job reads the topic from its start. */
export function forgetState(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
}
