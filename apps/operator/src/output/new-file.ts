import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { messageOf, OperationError } from '../failures.js';

/**
 * Opens a new file. Never overwrites an older one. Its content can be confidential, so only the owner may read it.
 *
 * @throws OperationError
 */
export async function newFile(path: string, option: string): Promise<WriteStream> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
    return file;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new OperationError(
        `The file ${path} already exists. Remove it, or choose another name for ${option}.`,
      );
    }
    throw new OperationError(`The file cannot be written: ${messageOf(error)}`);
  }
}
