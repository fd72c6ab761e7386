import { FaultError, type Fault } from '#pipeline';

const HARD_LINKS = 'Use a file system that supports hard links';

/** What to do about errors that do not pass by themselves. */
const REMEDIES = new Map([
  ['ENOSPC', 'Free some space, or move the lake to a larger disk'],
  ['EDQUOT', 'Free some space, or raise the quota'],
  ['EFBIG', 'Raise the limit for the size of files (`ulimit -f`), or set LAKE_MAX_BYTES lower, and restart'],
  ['EACCES', 'Give this user the right to read and write the folder'],
  ['EPERM', `${HARD_LINKS}, and give this user the right to read and write the folder`],
  ['EROFS', 'Mount the file system for writing'],
  ['ENOENT', 'Check that the folder in LAKE_LOCATION exists, and that its file system is mounted'],
  ['ENOTDIR', 'LAKE_LOCATION must name a folder; move the file that is in its place'],
  ['EISDIR', 'Move this folder away: the lake needs its name for a file'],
  ['ENAMETOOLONG', 'Choose a shorter path for LAKE_LOCATION'],
  ['ELOOP', 'Correct the symbolic links in LAKE_LOCATION'],
  ['ENOTSUP', HARD_LINKS],
  ['ENOSYS', HARD_LINKS],
  ['EXDEV', 'Keep the whole lake on one file system: mount none inside of it'],
]);

/** Classifies an error of the file system. */
export function folderFault(error: unknown, doing: string): Fault {
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
  const remedy = REMEDIES.get(code) ?? null;
  return {
    class: remedy === null ? 'transient' : 'setup',
    code,
    message: `${doing}: ${message}`,
    remedy,
  };
}

/** Runs an operation and throws its errors as {@link FaultError}. */
export async function orFault<Result>(doing: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof FaultError ? error : new FaultError(folderFault(error, doing));
  }
}
