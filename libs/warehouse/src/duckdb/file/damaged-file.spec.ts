import { randomBytes } from 'node:crypto';
import { copyFile, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { DuckDbWarehouse, expectStored, GROUP, stored, TOPIC } from '#testing/warehouse-contract';
import { DatabaseAccess } from './database-access.js';
import { DuckDbRepository } from '../writing/duckdb-repository.js';

/** DuckDB's file: three headers, then blocks. */
const HEADER_BYTES = 4096;
const FIRST_BLOCK_AT = 3 * HEADER_BYTES;
const BLOCK_BYTES = 256 * 1024;
/** Words that are all the same, or repeat what they replace, may leave the checksum as it was. */
const GARBAGE = randomBytes(512);

async function overwrite(path: string, at: number, bytes = GARBAGE): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

describe('state that is missing is said: a DuckDB file that is not what it was', () => {
  let warehouse: DuckDbWarehouse;
  let path: string;
  const opened: DuckDbRepository[] = [];

  beforeEach(async () => {
    warehouse = await DuckDbWarehouse.start();
    path = warehouse.path;
  });
  afterEach(async () => {
    for (const repository of opened.splice(0)) await repository.close();
    await warehouse.close();
  });

  function repositoryOf(file = path): DuckDbRepository {
    const repository = new DuckDbRepository({ ...warehouse.database, path: file, consumerGroup: GROUP });
    opened.push(repository);
    return repository;
  }

  /** A file with tables, a checkpoint at 10 and, where it is not closed, a log beside it. */
  async function written(): Promise<DuckDbRepository> {
    const repository = repositoryOf();
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    expectStored(await repository.write(stored(0, 10)));
    return repository;
  }

  /** The same, closed, with enough in it that blocks of rows follow those of the catalog. */
  async function filled(): Promise<void> {
    const repository = await written();
    await warehouse.execute(
      `INSERT INTO RAW_EVENTS_STREAM (EVENT_METADATA, EVENT_CONTENT)
       SELECT '{}', json_object('text', repeat(sha256(i::VARCHAR), 20)) FROM range(3000) r(i)`,
    );
    await repository.close();
  }

  async function blocks(): Promise<number> {
    return ((await stat(path)).size - FIRST_BLOCK_AT) / BLOCK_BYTES;
  }

  async function damageBlock(block: number): Promise<void> {
    await overwrite(path, FIRST_BLOCK_AT + block * BLOCK_BYTES + HEADER_BYTES);
  }

  it.each<[string, string, string, () => Promise<void>]>([
    ['a corrupt first header', 'DUCKDB_NOT_A_DATABASE', 'not a valid DuckDB', () => overwrite(path, 0)],
    [
      'corrupt headers behind it',
      'DUCKDB_DAMAGED',
      'Corrupt database file',
      async () => {
        await overwrite(path, HEADER_BYTES);
        await overwrite(path, 2 * HEADER_BYTES);
      },
    ],
    ['a newer storage version', 'DUCKDB_VERSION', 'version number 9999', () => ageOf(path, 9999n)],
    [
      'no more than the headers of a file that held rows',
      'DUCKDB_DAMAGED',
      'Could not read enough bytes',
      () => truncate(path, FIRST_BLOCK_AT),
    ],
  ])(
    '%s: refused in the words of DuckDB, with a remedy, and left as it is',
    async (_, code, words, damage) => {
      await filled();
      await damage();
      const before = await readFile(path);

      expect(await repositoryOf().open()).toMatchObject([
        {
          class: 'setup',
          code,
          message: expect.stringContaining(words),
          remedy: expect.stringMatching(/backup|release/),
        },
      ]);
      expect((await readFile(path)).equals(before)).toBe(true);
    },
  );

  it('a damaged write-ahead log: refused, and its remedy loses nothing that Kafka still has', async () => {
    await (await written()).close();
    const writer = repositoryOf();
    expect(await writer.open()).toEqual([]);
    expectStored(await writer.write(stored(10, 20)));
    const copy = `${path}.copy`;
    await copyFile(path, copy);
    await copyFile(`${path}.wal`, `${copy}.wal`);
    const { size } = await stat(`${copy}.wal`);
    await overwrite(`${copy}.wal`, Math.floor(size / 2), GARBAGE.subarray(0, 32));

    const repository = repositoryOf(copy);
    expect(await repository.open()).toMatchObject([
      { class: 'setup', code: 'DUCKDB_WAL_DAMAGED', message: expect.stringContaining('Corrupt WAL file') },
    ]);
    await rename(`${copy}.wal`, `${copy}.wal.kept`);

    expect(await repository.open()).toEqual([]);
    // Reading goes on where the file stands, so the log's batch is read and written once more.
    expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }])).toMatchObject([
      { nextOffset: 10, stored: 10 },
    ]);
  });

  it.each<[string, (count: number) => Promise<void>]>([
    [
      'in its middle',
      // Several blocks: one alone may be free.
      async (count) => {
        for (let block = Math.floor(count / 4); block < (count * 3) / 4; block++) await damageBlock(block);
      },
    ],
    ['by half of it that is gone', (count) => truncate(path, FIRST_BLOCK_AT + (count / 2) * BLOCK_BYTES)],
  ])('damaged %s: found by reading all of it, before hours of commits follow', async (_, damage) => {
    await filled();
    await damage(await blocks());
    const access = new DatabaseAccess(warehouse.database);

    // What opening reads may be in order; the rest is not.
    const atStart = await access.open(async () => []);
    await access.checkForDamage();
    const later = await access.withConnection(() => Promise.resolve('written')).catch(String);
    await access.close();

    expect(`${atStart[0]?.code ?? ''} ${later}`).toContain('DUCKDB_DAMAGED');
  });

  it('a sound file is read in full and stays in use', async () => {
    await filled();
    const access = new DatabaseAccess(warehouse.database);
    expect(await access.open(async () => [])).toEqual([]);
    await access.checkForDamage();
    await expect(access.withConnection(() => Promise.resolve('written'))).resolves.toBe('written');
    await access.close();
  });

  it('reads large values in pieces that fit into the memory of DuckDB', async () => {
    const repository = await written();
    for (let n = 0; n < 24; n++) {
      await warehouse.execute(
        `INSERT INTO RAW_EVENTS_STREAM (EVENT_METADATA, EVENT_CONTENT)
         VALUES ('{}', json_object('text', repeat(sha256('${n}'), 80000)))`,
      );
    }
    await repository.close();
    await damageBlock(Math.floor((await blocks()) * 0.9));
    const access = new DatabaseAccess({ ...warehouse.database, memoryLimitMib: 64 });

    expect(await access.open(async () => [])).toEqual([]);
    await access.checkForDamage();
    await expect(access.withConnection(() => Promise.resolve('written'))).rejects.toThrow('DUCKDB_DAMAGED');
    await access.close();
  });

  it.each<[string, () => Promise<void>]>([
    ['0 bytes', () => writeFile(path, '')],
    ['8 KiB of zeros', () => writeFile(path, Buffer.alloc(8192))],
    [
      'two of three headers',
      async () => {
        await (await written()).close();
        await truncate(path, 8192);
        await rm(`${path}.wal`, { force: true });
      },
    ],
  ])('the remains of a creation that did not finish (%s) are replaced', async (_, leave) => {
    await leave();
    const repository = repositoryOf();
    expect(await repository.open()).toEqual([]);
    expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 3 }])).toMatchObject([
      { nextOffset: 3 },
    ]);
  });

  it.each<[string, string, () => Promise<void>]>([
    ['a short file of somebody else', 'DUCKDB_NOT_A_DATABASE', () => writeFile(path, 'WAREHOUSE=duckdb\n')],
    [
      'headers with a log beside them',
      'DUCKDB_DAMAGED',
      async () => {
        await (await written()).close();
        await truncate(path, 8192);
        await writeFile(`${path}.wal`, GARBAGE);
      },
    ],
  ])('%s is never removed', async (_, code, leave) => {
    await leave();
    const before = await readFile(path);
    expect(await repositoryOf().open()).toMatchObject([{ class: 'setup', code }]);
    expect(await readFile(path)).toEqual(before);
  });

  it('deleted while it is open: nothing is written into the void; moved back, it goes on', async () => {
    const repository = await written();
    await rename(path, `${path}.moved`);

    expect(await repository.write(stored(10, 20))).toMatchObject({
      kind: 'fault',
      fault: { class: 'setup', code: 'DUCKDB_FILE_REPLACED', message: expect.stringContaining('deleted') },
    });
    await rename(`${path}.moved`, path);
    expectStored(await repository.write(stored(10, 20)));
  });

  it('replaced while it is open: nothing is written to either file before a restart', async () => {
    const repository = await written();
    const backup = `${path}.backup`;
    await copyFile(path, backup);
    await rename(backup, path);

    expect(await repository.write(stored(10, 20))).toMatchObject({
      kind: 'fault',
      fault: { class: 'setup', code: 'DUCKDB_FILE_REPLACED', message: expect.stringContaining('replaced') },
    });
  });
});

/** Writes another storage version into the first header, with the checksum that DuckDB expects of it. */
async function ageOf(path: string, version: bigint): Promise<void> {
  const header = (await readFile(path)).subarray(0, HEADER_BYTES);
  header.writeBigUInt64LE(version, 12);
  let checksum = 5381n;
  for (let at = 8; at < HEADER_BYTES; at += 8) {
    checksum ^= BigInt.asUintN(64, header.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  }
  header.writeBigUInt64LE(checksum, 0);
  await overwrite(path, 0, header);
}
