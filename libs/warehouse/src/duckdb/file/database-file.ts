import { open, rm, stat } from 'node:fs/promises';
import { FaultError } from '#pipeline';

/** Tells one file from another at the same path. */
export interface FileIdentity {
  device: bigint;
  inode: bigint;
}

/** DuckDB writes three headers of 4 KiB before anything else; a shorter file has never held a row. */
const HEADERS_BYTES = 3 * 4096;
/** The magic of the first header follows its checksum. */
const MAGIC_AT = 8;
const MAGIC = 'DUCK';

/** @throws if there is no file */
export async function identityOf(path: string): Promise<FileIdentity> {
  const { dev, ino } = await stat(path, { bigint: true });
  return { device: dev, inode: ino };
}

/**
 * Checks that the path still names the file that was opened. The process could go on writing to a deleted or replaced
 * file, and those writes would be lost when it ends.
 *
 * @throws FaultError DUCKDB_FILE_REPLACED
 */
export async function requireSameFile(path: string, opened: FileIdentity): Promise<void> {
  const found = await identityOf(path).catch(() => null);
  if (found?.device === opened.device && found.inode === opened.inode) return;
  throw new FaultError({
    class: 'setup',
    code: 'DUCKDB_FILE_REPLACED',
    message: `DuckDB file ${path}: The file was ${found === null ? 'deleted or moved' : 'replaced'} while it was open; nothing more is written to it`,
    remedy:
      'Move the file back, and the service continues. To recover a deleted file, copy /proc/PID/fd/N before the process ' +
      'ends. To continue with the file that is there now, or with a new one, restart the service',
  });
}

/**
 * Removes what an interrupted creation left at the path: a file too short to hold a row, without a write-ahead log.
 * Leaves every other file alone.
 *
 * @returns whether there was one
 */
export async function removeUnfinished(path: string): Promise<boolean> {
  if (!(await isUnfinished(path))) return false;
  await rm(path);
  await rm(walOf(path), { force: true });
  return true;
}

async function isUnfinished(path: string): Promise<boolean> {
  const [database, wal] = await Promise.all([path, walOf(path)].map((each) => stat(each).catch(() => null)));
  if (database?.isFile() !== true || database.size >= HEADERS_BYTES || (wal?.size ?? 0) > 0) return false;
  const handle = await open(path);
  try {
    const content = await handle.readFile();
    const isOurs = content.toString('latin1', MAGIC_AT, MAGIC_AT + MAGIC.length) === MAGIC;
    return isOurs || content.every((byte) => byte === 0);
  } finally {
    await handle.close();
  }
}

function walOf(path: string): string {
  return `${path}.wal`;
}
