import { Logger } from '@nestjs/common';
import { pathOf, readSettingFile, type Environment } from './environment.js';
import { settingsOf, type SettingDeclaration } from './setting.js';
import { SettingsError } from './settings-error.js';

/** A setting and the file that it is read from. */
interface FileSetting {
  declaration: SettingDeclaration;
  path: string;
}

/** The files of a section, what they held when they could last be used, by key, and the section that they made. */
interface Source<T> {
  files: readonly FileSetting[];
  texts: ReadonlyMap<string, string>;
  section: T;
  /** @throws SettingsError */
  load: () => T;
  /** What was last said about files that cannot be used. */
  complaint: string;
}

const sources = new WeakMap<object, Source<object>>();
const logger = new Logger('Settings');

/**
 * These settings as their files are now: for each log-in and each connection, since secrets and certificates are
 * renewed while the service runs. A file that is missing, half written or wrong changes nothing: what could last be
 * used is used again, and the log says so once.
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
  logger.log(`🔑 Read again: ${changed.map((key) => `${key}_FILE`).join(', ')}`);
  source.texts = texts;
  source.complaint = '';
  return source.section;
}

/**
 * Remembers where a section comes from, for {@link current}.
 *
 * @param texts what was read, by key
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
    logger.warn(`⚠️ ${complaint}; going on with what could be read before`);
    source.complaint = complaint;
  }
  return source.section;
}
