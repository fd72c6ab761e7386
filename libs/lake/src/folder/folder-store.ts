import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, opendir, readdir, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FaultError, type Fault } from '#pipeline';
import type { ListedObject, ObjectStore } from '../object-store.js';
import { folderFault, orFault } from './folder-faults.js';

/** Unfinished objects. Not below a topic: its name cannot begin with a dot and end with a slash. */
const ASIDE = '.writing';
/** A writer takes seconds, so what is older was left by one that was killed. */
const LEFT_BEHIND_MS = 3_600_000;

/** Objects as files below a folder. Their metadata is only in their footers. */
export class FolderStore implements ObjectStore {
  readonly location: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
    this.location = this.#root;
  }

  /** Creates the folder, but not the ones above it: a missing mount is not to be replaced by an empty folder. */
  async check(): Promise<Fault[]> {
    try {
      await mkdir(this.#root).catch(ignoring('EEXIST'));
      await mkdir(join(this.#root, ASIDE)).catch(ignoring('EEXIST'));
      await this.#deleteLeftBehind();
      const probe = this.#aside();
      await writeDurably(probe, Buffer.alloc(0));
      try {
        await link(probe, `${probe}.linked`);
        await unlink(`${probe}.linked`);
      } finally {
        await unlink(probe);
      }
      return [];
    } catch (error) {
      return [folderFault(error, `The lake in ${this.#root} cannot be written`)];
    }
  }

  /** Writes the file aside, then links it: the link fails if the name is taken, and is there only if the file is whole. */
  put(key: string, content: Buffer): Promise<'written' | 'exists'> {
    return orFault(`Writing ${key} to the lake`, async () => {
      const path = join(this.#root, key);
      const aside = this.#aside();
      await mkdir(dirname(aside)).catch(ignoring('EEXIST'));
      try {
        await writeDurably(aside, content);
        await this.#createFolders(dirname(path));
        await link(aside, path);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        return 'exists';
      } finally {
        await rm(aside, { force: true });
      }
      await syncFolder(dirname(path));
      return 'written';
    });
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    const folder = join(this.#root, prefix);
    const entries = await orFault(`Listing ${prefix} in the lake`, () =>
      readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return [];
        throw error;
      }),
    );
    // Folders sort by their names with a slash, as keys do.
    const names = entries.map((entry) => ({ entry, name: entry.name + (entry.isDirectory() ? '/' : '') }));
    for (const { entry, name } of names.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.isDirectory()) yield* this.list(prefix + name);
      else yield await this.#listed(prefix + name);
    }
  }

  /** Keeps only the greatest name: a folder may have hundreds of thousands. */
  async last(prefix: string): Promise<ListedObject | null> {
    const name = await orFault(`Listing ${prefix} in the lake`, () => greatestName(join(this.#root, prefix)));
    return name === null ? null : this.#listed(prefix + name);
  }

  tail(key: string, bytes: number): Promise<Buffer> {
    return orFault(`Reading ${key} from the lake`, async () => {
      const file = await open(join(this.#root, key));
      try {
        const { size } = await file.stat();
        const length = Math.min(size, bytes);
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    });
  }

  async *read(key: string): AsyncIterable<Buffer> {
    try {
      for await (const chunk of createReadStream(join(this.#root, key))) yield chunk as Buffer;
    } catch (error) {
      throw new FaultError(folderFault(error, `Reading ${key} from the lake`));
    }
  }

  async close(): Promise<void> {
    // Nothing stays open between calls.
  }

  async #listed(key: string): Promise<ListedObject> {
    const { size, mtimeMs } = await orFault(`Listing ${key} in the lake`, () => stat(join(this.#root, key)));
    return { key, bytes: size, writtenAtMs: mtimeMs };
  }

  #aside(): string {
    return join(this.#root, ASIDE, randomUUID());
  }

  /** Creates the folders of a partition, each durably in the one above; not the root, which may be a missing mount. */
  async #createFolders(folder: string): Promise<void> {
    if (folder === this.#root) return;
    try {
      await mkdir(folder);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.#createFolders(dirname(folder));
      await mkdir(folder).catch(ignoring('EEXIST'));
    }
    await syncFolder(dirname(folder));
  }

  async #deleteLeftBehind(): Promise<void> {
    for (const name of await readdir(join(this.#root, ASIDE))) {
      const path = join(this.#root, ASIDE, name);
      // Its writer may have finished meanwhile.
      const file = await stat(path).catch(ignoring('ENOENT'));
      if (file !== undefined && Date.now() - file.mtimeMs > LEFT_BEHIND_MS) await rm(path, { force: true });
    }
  }
}

async function greatestName(folder: string): Promise<string | null> {
  let greatest: string | null = null;
  try {
    for await (const { name } of await opendir(folder))
      if (greatest === null || name > greatest) greatest = name;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  return greatest;
}

async function writeDurably(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Rejects with all errors but this one. */
function ignoring(code: string): (error: unknown) => undefined {
  return (error) => {
    if (codeOf(error) !== code) throw error;
    return undefined;
  };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
