import { createHash } from 'node:crypto';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Operating systems limit the path of a Unix socket: Linux to 107 bytes, macOS to 103. */
const MAX_PATH_BYTES = 103;
/** Leaves room for the folder of a link. */
const MAX_NAME_BYTES = 48;

/**
 * The path of the socket beside a DuckDB file, whatever path or link names the file.
 *
 * @throws if there is no file
 */
export async function socketPathOf(file: string): Promise<string> {
  const path = await realpath(file);
  const name = `${basename(path)}.sock`;
  const isShort = Buffer.byteLength(name) <= MAX_NAME_BYTES;
  const hash = () => createHash('sha256').update(basename(path)).digest('hex').slice(0, 16);
  return join(dirname(path), isShort ? name : `duckdb-${hash()}.sock`);
}

/**
 * Calls the function with a path that is short enough to bind or connect to: if necessary, through a link to the folder
 * that exists only meanwhile.
 */
export async function withShortPath<T>(socketPath: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(socketPath) <= MAX_PATH_BYTES) return use(socketPath);
  const folder = await mkdtemp(join(tmpdir(), 'socket-'));
  try {
    const link = join(folder, 'at');
    await symlink(dirname(socketPath), link);
    return await use(join(link, basename(socketPath)));
  } finally {
    await rm(folder, { recursive: true });
  }
}
