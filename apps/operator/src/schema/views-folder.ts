import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ViewDefinition } from '#warehouse';
import { messageOf, UsageError } from '../failures.js';

const CREATE_VIEW = /^CREATE OR REPLACE VIEW (\w+)/im;

/**
 * Reads one view from each .sql file of a folder. The order of the file names puts a view after the views that it
 * reads.
 *
 * @throws UsageError
 */
export function readViews(folder: string): ViewDefinition[] {
  const files = sqlFiles(folder);
  if (files.length === 0) throw new UsageError(`--analytics: there are no .sql files in ${folder}`);
  return files.map((file) => {
    const sql = readFileSync(join(folder, file), 'utf8').trim().replace(/;$/, '');
    const name = CREATE_VIEW.exec(sql)?.[1];
    if (name === undefined) {
      throw new UsageError(`--analytics: ${join(folder, file)} has no CREATE OR REPLACE VIEW with a name`);
    }
    return { name, sql };
  });
}

function sqlFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort();
  } catch (error) {
    throw new UsageError(`--analytics: ${messageOf(error)}`);
  }
}
