import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeObjectStore } from '#testing/lake';
import { folderFault } from './folder-faults.js';
import { FolderStore } from './folder-store.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lake-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeObjectStore('a folder', async () => {
  const root = join(folder, 'contract');
  await new FolderStore(root).check();
  return { open: () => new FolderStore(root) };
});

describe('FolderStore', () => {
  const KEY = 't/partition=0/00000000000000000000.ndjson.zst';

  it('does not create the folder above, which may be a missing mount', async () => {
    const store = new FolderStore(join(folder, 'mount', 'lake'));
    expect(await store.check()).toMatchObject([{ class: 'setup', code: 'ENOENT' }]);
    await expect(store.put(KEY, Buffer.from('x'))).rejects.toThrow(/ENOENT.*is mounted/);
    expect(await readdir(folder)).not.toContain('mount');
  });

  it('says that a file is in the way of the folder', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await new FolderStore(join(folder, 'file')).check()).toMatchObject([{ code: 'ENOTDIR' }]);
  });

  it('says what to do about a path that no file system takes', async () => {
    await symlink('loop', join(folder, 'loop'));
    expect(await new FolderStore(join(folder, 'loop', 'lake')).check()).toMatchObject([
      { class: 'setup', code: 'ELOOP', remedy: expect.stringContaining('symbolic links') as string },
    ]);
    const store = new FolderStore(join(folder, 'x'.repeat(300)));
    expect(await store.check()).toMatchObject([{ class: 'setup', code: 'ENAMETOOLONG' }]);
    await expect(store.put(KEY, Buffer.from('x'))).rejects.toThrow(/ENAMETOOLONG.*shorter path/);
  });

  it.each([
    ...[
      'ENOSPC',
      'EDQUOT',
      'EFBIG',
      'EACCES',
      'EPERM',
      'EROFS',
      'ENOENT',
      'ENOTDIR',
      'EISDIR',
      'ENAMETOOLONG',
    ],
    ...['ELOOP', 'ENOTSUP', 'ENOSYS', 'EXDEV'],
  ])('asks for somebody to act on %s, which does not pass by itself', (code) => {
    const error = Object.assign(new Error('no'), { code });
    const { class: faultClass, message, remedy } = folderFault(error, 'Writing t/key to the lake');
    expect({ faultClass, message }).toEqual({
      faultClass: 'setup',
      message: 'Writing t/key to the lake: no',
    });
    expect(remedy).not.toBeNull();
  });

  it.each(['EIO', 'EMFILE', 'ESTALE', 'EBUSY'])('waits for %s to pass', (code) => {
    const error = Object.assign(new Error('no'), { code });
    expect(folderFault(error, 'Writing')).toMatchObject({ class: 'transient', remedy: null });
  });

  it('starts while the unfinished files of other writers come and go', async () => {
    const root = join(folder, 'shared');
    const store = new FolderStore(root);
    expect(await store.check()).toEqual([]);
    let isDone = false;
    const write = async () => {
      while (!isDone) await store.put(KEY, Buffer.from('x'));
    };
    const writers = Array.from({ length: 8 }, write);
    try {
      for (let times = 0; times < 200; times += 1) expect(await store.check()).toEqual([]);
    } finally {
      isDone = true;
      await Promise.all(writers);
    }
  });

  it('leaves nothing but the object behind, and keeps what another writer is writing', async () => {
    const root = join(folder, 'tidy');
    const store = new FolderStore(root);
    await store.check();
    await mkdir(join(root, '.writing'), { recursive: true });
    await writeFile(join(root, '.writing', 'of-another'), '');
    await store.check();
    await store.put(KEY, Buffer.from('x'));
    await store.put(KEY, Buffer.from('y'));
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      '.writing',
      '.writing/of-another',
      't',
      't/partition=0',
      KEY,
    ]);
  });
});
