import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { ViewDefinition } from '#warehouse';
import { messageOf, UsageError } from '../failures.js';

const CREATE_VIEW = /^CREATE OR REPLACE VIEW (\w+)/im;

/** In a folder of views: what DuckDB needs, and the views that it needs in another form, by the same file names. */
const FOR_DUCKDB = 'duckdb';
const FUNCTIONS = 'functions.sql';

export interface DuckDbViewFiles {
  /** The statements that create the macros; null if there are none. */
  functions: string | null;
  views: ViewDefinition[];
}

/** The folder of views that comes with this program. */
export function ownViews(): string {
  return join(dirname(findPackageJSON('.', import.meta.url) ?? '.'), 'analytics');
}

/**
 * Reads one view from each .sql file of a folder. The order of the file names puts a view after the views that it
 * reads.
 *
 * @throws UsageError
 */
export function readViews(folder: string): ViewDefinition[] {
  return sqlFiles(folder).map((file) => readView(join(folder, file)));
}

/** @throws UsageError */
export function readDuckDbViews(folder: string): DuckDbViewFiles {
  const ofDuckDb = (file: string) => join(folder, FOR_DUCKDB, file);
  const views = sqlFiles(folder).map((file) =>
    readView(existsSync(ofDuckDb(file)) ? ofDuckDb(file) : join(folder, file)),
  );
  return { functions: existsSync(ofDuckDb(FUNCTIONS)) ? readSql(ofDuckDb(FUNCTIONS)) : null, views };
}

function readView(path: string): ViewDefinition {
  const sql = readSql(path);
  const name = CREATE_VIEW.exec(sql)?.[1];
  if (name === undefined)
    throw new UsageError(`--analytics: ${path} has no CREATE OR REPLACE VIEW with a name`);
  return { name, sql };
}

function readSql(path: string): string {
  return readFileSync(path, 'utf8').trim().replace(/;$/, '');
}

function sqlFiles(folder: string): string[] {
  const files = filesOf(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  if (files.length === 0) throw new UsageError(`--analytics: there are no .sql files in ${folder}`);
  return files;
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new UsageError(`--analytics: ${messageOf(error)}`);
  }
}
