import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

const SQL = join(REPOSITORY_ROOT, 'aggregations');
/** Of the files that are no question: settings, events and what they have in common. */
const COMMON = /^0[0-3]_/;
const SPAN = "'${DEDUPLICATION_SPAN}'";

/** The names of the questions' files. */
export async function questions(): Promise<string[]> {
  const names = await readdir(SQL);
  return names.filter((name) => name.endsWith('.sql') && !COMMON.test(name)).sort();
}

/**
 * Copies the SQL with some of the questions into a folder.
 *
 * @param remember how long ids are remembered; null for what the option of `npm run aggregations` says
 */
export async function copySql(
  folder: string,
  chosen: readonly string[],
  remember: string | null,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  for (const part of ['', 'topics']) {
    await mkdir(join(folder, part), { recursive: true });
    for (const name of await readdir(join(SQL, part))) {
      if (COMMON.test(name) || chosen.includes(name))
        await cp(join(SQL, part, name), join(folder, part, name));
    }
  }
  if (remember === null) return;
  const settings = join(folder, '00_settings.sql');
  const text = await readFile(settings, 'utf8');
  await writeFile(
    settings,
    text.replace(SPAN, () => `'${remember}'`),
  );
}
