import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What there is to say of a DuckDB file that does not exist yet; null where it exists. */
export async function missingFile(path: string): Promise<{ faults: string[]; notes: string[] } | null> {
  if (await isPossible(path, constants.F_OK)) return null;
  const folder = dirname(resolve(path));
  return (await isPossible(folder, constants.W_OK | constants.X_OK))
    ? { faults: [], notes: [`The file does not exist yet: the service makes it`] }
    : {
        faults: [`This user cannot make a file in ${folder}. Make the folder that DUCKDB_PATH names`],
        notes: [],
      };
}

async function isPossible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
