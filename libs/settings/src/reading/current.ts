import { Logger } from '@nestjs/common';
import { pathOf, readSettingFile, type Environment } from './environment.js';
import { settingsOf, type SettingDeclaration } from '../sections/setting.js';
import { SettingsError } from './settings-error.js';

/** A setting and its file. */
interface FileSetting {
  declaration: SettingDeclaration;
  path: string;
}

/** The files of a section, their last valid contents by key, and the section built from them. */
interface Source<T> {
  files: readonly FileSetting[];
  texts: ReadonlyMap<string, string>;
  section: T;
  /** @throws SettingsError */
  load: () => T;
  /** The last warning about unusable files. */
  complaint: string;
}

const sources = new WeakMap<object, Source<object>>();
const logger = new Logger('Settings');

/**
 * Reads the files of these settings again. Call it for each login and each connection, as secrets and certificates are
 * rotated while the service runs. If a file is missing, half written or invalid, the last valid contents stay in use,
 * with one warning in the log.
 */
export function current<T extends object>(section: T): T {
  const source = sources.get(section) as Source<T> | undefined;
  if (source === undefined) return section;
  const { texts, problems } = read(source.files);
  if (problems.length > 0) return keep(source, problems);
  const changed = source.files
    .map(({ declaration }) => declaration.key)
    .filter((key) => texts.get(key) !== source.texts.get(key));
  if (changed.length === 0) {
    source.complaint = '';
    return source.section;
  }
  try {
    source.section = source.load();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return keep(source, error.problems);
  }
  logger.log(`🔑 Reloaded: ${changed.map((key) => `${key}_FILE`).join(', ')}`);
  source.texts = texts;
  source.complaint = '';
  return source.section;
}

/**
 * Remembers where a section comes from, for {@link current}.
 *
 * @param texts the contents read, by key
 */
export function rememberSource<T extends object>(
  section: T,
  env: Environment,
  texts: ReadonlyMap<string, string>,
  load: () => T,
): void {
  const files = settingsOf(section.constructor).flatMap((declaration) => {
    const path = pathOf(env, declaration.key);
    return path === null ? [] : [{ declaration, path }];
  });
  if (files.length === 0) return;
  sources.set(section, { files, texts, section, load, complaint: '' });
}

function read(files: readonly FileSetting[]): { texts: Map<string, string>; problems: string[] } {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const { declaration, path } of files) {
    const reading = readSettingFile(declaration, path);
    if (reading.kind === 'given') texts.set(declaration.key, reading.value);
    if (reading.kind === 'faulty') problems.push(reading.text);
  }
  return { texts, problems };
}

function keep<T>(source: Source<T>, problems: readonly string[]): T {
  const complaint = problems.join('; ');
  if (complaint !== source.complaint) {
    logger.warn(`⚠️ ${complaint}; continuing with the last valid contents`);
    source.complaint = complaint;
  }
  return source.section;
}
