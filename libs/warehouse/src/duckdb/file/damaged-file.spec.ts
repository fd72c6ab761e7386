import { randomBytes } from 'node:crypto';
import { copyFile, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { DuckDbWarehouse, expectStored, GROUP, stored, TOPIC } from '#testing/warehouse-contract';
import { DatabaseAccess } from './database-access.js';
import { DuckDbRepository } from '../writing/duckdb-repository.js';

/** Layout of a DuckDB file: three headers, then blocks. */
const HEADER_BYTES = 4096;
const FIRST_BLOCK_AT = 3 * HEADER_BYTES;
const BLOCK_BYTES = 256 * 1024;
/** Random, because repeated words, or words equal to those replaced, may not change the checksum. */
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

  /** A file with tables, a checkpoint at 10 and, until it is closed, a write-ahead log. */
  async function written(): Promise<DuckDbRepository> {
    const repository = repositoryOf();
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    expectStored(await repository.write(stored(0, 10)));
    return repository;
  }

  /** The same, closed, with enough rows that blocks of rows follow those of the catalog. */
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
      'corrupt second and third headers',
      'DUCKDB_DAMAGED',
      'Corrupt database file',
      async () => {
        await overwrite(path, HEADER_BYTES);
        await overwrite(path, 2 * HEADER_BYTES);
      },
    ],
    ['a newer storage version', 'DUCKDB_VERSION', 'version number 9999', () => setVersion(path, 9999n)],
    [
      'a file with rows, cut off after its headers',
      'DUCKDB_DAMAGED',
      'Could not read enough bytes',
      () => truncate(path, FIRST_BLOCK_AT),
    ],
  ])(
    "%s: refused in DuckDB's own words, with a remedy, and left untouched",
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
    // Reading resumes at the file's checkpoint, so the log's batch is read and written again.
    expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }])).toMatchObject([
      { nextOffset: 10, stored: 10 },
    ]);
  });

  it.each<[string, (count: number) => Promise<void>]>([
    [
      'in the middle',
      // Several blocks, because a single one may be unused.
      async (count) => {
        for (let block = Math.floor(count / 4); block < (count * 3) / 4; block++) await damageBlock(block);
      },
    ],
    ['by truncation to half its size', (count) => truncate(path, FIRST_BLOCK_AT + (count / 2) * BLOCK_BYTES)],
  ])('damaged %s: found by reading the whole file, before hours of commits follow', async (_, damage) => {
    await filled();
    await damage(await blocks());
    const access = new DatabaseAccess(warehouse.database);

    // Opening may read only intact blocks.
    const atStart = await access.open(async () => []);
    await access.checkForDamage();
    const later = await access.withConnection(() => Promise.resolve('written')).catch(String);
    await access.close();

    expect(`${atStart[0]?.code ?? ''} ${later}`).toContain('DUCKDB_DAMAGED');
  });

  it('reads an intact file in full and keeps it in use', async () => {
    await filled();
    const access = new DatabaseAccess(warehouse.database);
    expect(await access.open(async () => [])).toEqual([]);
    await access.checkForDamage();
    await expect(access.withConnection(() => Promise.resolve('written'))).resolves.toBe('written');
    await access.close();
  });

  it("reads large values in pieces that fit into DuckDB's memory", async () => {
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
  ])('replaces what an interrupted creation left behind (%s)', async (_, leave) => {
    await leave();
    const repository = repositoryOf();
    expect(await repository.open()).toEqual([]);
    expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 3 }])).toMatchObject([
      { nextOffset: 3 },
    ]);
  });

  it.each<[string, string, () => Promise<void>]>([
    ['a short file of another kind', 'DUCKDB_NOT_A_DATABASE', () => writeFile(path, 'WAREHOUSE=duckdb\n')],
    [
      'headers with a log beside them',
      'DUCKDB_DAMAGED',
      async () => {
        await (await written()).close();
        await truncate(path, 8192);
        await writeFile(`${path}.wal`, GARBAGE);
      },
    ],
  ])('never removes %s', async (_, code, leave) => {
    await leave();
    const before = await readFile(path);
    expect(await repositoryOf().open()).toMatchObject([{ class: 'setup', code }]);
    expect(await readFile(path)).toEqual(before);
  });

  it('deleted while it is open: nothing more is written to it; moved back, writing continues', async () => {
    const repository = await written();
    await rename(path, `${path}.moved`);

    expect(await repository.write(stored(10, 20))).toMatchObject({
      kind: 'fault',
      fault: { class: 'setup', code: 'DUCKDB_FILE_REPLACED', message: expect.stringContaining('deleted') },
    });
    await rename(`${path}.moved`, path);
    expectStored(await repository.write(stored(10, 20)));
  });

  it('replaced while it is open: nothing is written to either file until a restart', async () => {
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

/** Writes another storage version into the first header, with a valid checksum. */
async function setVersion(path: string, version: bigint): Promise<void> {
  const header = (await readFile(path)).subarray(0, HEADER_BYTES);
  header.writeBigUInt64LE(version, 12);
  let checksum = 5381n;
  for (let at = 8; at < HEADER_BYTES; at += 8) {
    checksum ^= BigInt.asUintN(64, header.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  }
  header.writeBigUInt64LE(checksum, 0);
  await overwrite(path, 0, header);
}
