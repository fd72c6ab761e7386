import { access, constants } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Findings about a DuckDB file that does not exist yet; null if it exists. */
export async function missingFile(path: string): Promise<{ faults: string[]; notes: string[] } | null> {
  if (await isPossible(path, constants.F_OK)) return null;
  const folder = dirname(resolve(path));
  return (await isPossible(folder, constants.W_OK | constants.X_OK))
    ? { faults: [], notes: [`The file does not exist yet: the service creates it`] }
    : {
        faults: [`This user cannot create a file in ${folder}. Create the folder that DUCKDB_PATH names`],
        notes: [],
      };
}

async function isPossible(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
