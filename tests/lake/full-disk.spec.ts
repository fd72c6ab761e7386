import { execFileSync } from 'node:child_process';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ingester } from '../support/ingester.js';
import { hex, readLake } from '../support/lake-contents.js';
import { itIsSkippedWithout, optional } from '../support/optional.js';
import { Scenario } from '../support/scenario.js';

const PARTITIONS = 3;
const DISK_BYTES = 2 * 1024 * 1024;
const LEFT_BYTES = 20_000;

const mountAt = (folder: string) =>
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', folder], { stdio: 'pipe' });

const scenario = await optional(
  'the archiver on a full disk',
  async () => {
    const created = await Scenario.create('full-disk', { partitions: PARTITIONS });
    try {
      await mkdir(created.lakeFolder);
      mountAt(created.lakeFolder);
      return created;
    } catch (error) {
      await created.cleanUp();
      throw error;
    }
  },
  // Only some users may mount a file system.
  () => true,
);

describe('the archiver on a disk that takes no more', () => {
  if (scenario === null) {
    itIsSkippedWithout('the right to mount a file system');
    return;
  }
  const filler = join(scenario.lakeFolder, 'filler');

  afterAll(async () => {
    execFileSync('umount', ['--lazy', scenario.lakeFolder]);
    await scenario.cleanUp();
  });

  const sent: string[] = [];
  const send = async () => {
    const values = Array.from({ length: 300 }, (_, index) => `${sent.length + index} ${Math.random()}`);
    await scenario.produce(values.map((value, index) => ({ value, partition: index % PARTITIONS })));
    sent.push(...values);
  };
  const untilUnready = (archiver: Ingester, reason: RegExp) =>
    archiver.until(`${String(reason)} is in /health`, async () => {
      await send();
      const { status, body } = await archiver.get('/health');
      return status === 503 && reason.test(body);
    });
  const isArchivedOnce = async () => {
    const lake = await readLake(scenario);
    expect(lake.map(({ value }) => value).sort()).toEqual(sent.map((value) => hex(value)).sort());
    expect(await readdir(join(scenario.lakeFolder, '.writing'))).toEqual([]);
  };

  it('says so, is not ready, and archives every record once when there is room again', async () => {
    const archiver = await scenario.startArchiver();
    await send();
    await scenario.untilArchived(archiver);

    for (let times = 0; times < 3; times += 1) {
      const { bavail, bsize } = await statfs(scenario.lakeFolder);
      await writeFile(filler, Buffer.alloc(bavail * bsize - times * LEFT_BYTES));
      await untilUnready(archiver, /ENOSPC.*Free some space/);
      expect((await archiver.get('/health/live')).status).toBe(200);
      await rm(filler);
      await archiver.untilReady();
      await scenario.untilArchived(archiver);
    }
    expect(await archiver.stop()).toBe(0);
    await isArchivedOnce();
  });

  it('says so if files may not become as large as the objects, or the disk is mounted for reading only', async () => {
    const archiver = await scenario.startArchiver();
    const limit = (bytes: string) =>
      execFileSync('prlimit', ['--pid', String(archiver.pid), `--fsize=${bytes}:`]);
    const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, scenario.lakeFolder]);
    limit('256');
    await untilUnready(archiver, /EFBIG.*ulimit -f/);
    limit('unlimited');
    await archiver.untilReady();
    await scenario.untilArchived(archiver);

    remount('ro');
    await untilUnready(archiver, /EROFS.*Mount the file system for writing/);
    remount(`rw,size=${DISK_BYTES}`);
    await archiver.untilReady();
    await scenario.untilArchived(archiver);
    expect(await archiver.stop()).toBe(0);
    await isArchivedOnce();
  });
});
