import { FaultError, type Fault } from '#pipeline';

const REMEDIES = new Map([
  ['ENOSPC', 'Free some space, or move the lake to a larger disk'],
  ['EDQUOT', 'Free some space, or raise the quota'],
  ['EACCES', 'Give this user the right to write to the folder'],
  [
    'EPERM',
    'Use a file system that supports hard links, and give this user the right to write to the folder',
  ],
  ['EROFS', 'Mount the file system for writing'],
  ['ENOENT', 'Check that the folder in LAKE_LOCATION exists, and that its file system is mounted'],
  ['ENOTDIR', 'LAKE_LOCATION must name a folder'],
  ['ENOTSUP', 'Use a file system that supports hard links'],
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
