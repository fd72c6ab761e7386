import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Batch } from '#pipeline';
import { withDuckDbFile } from '#testing';
import {
  batch,
  DuckDbWarehouse,
  expectStored,
  GROUP,
  range,
  row,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import { RAW_EVENTS_STREAM } from '../../tables.js';
import { DuckDbRepository } from '../writing/duckdb-repository.js';
import { DuckDbSession } from './duckdb-session.js';

describe('the DuckDB file', () => {
  let warehouse: DuckDbWarehouse;
  let repository: DuckDbRepository;

  beforeEach(async () => {
    warehouse = await DuckDbWarehouse.start();
    repository = warehouse.repository(GROUP);
  });
  afterEach(async () => {
    await repository.close();
    await warehouse.close();
  });

  async function claimed(): Promise<DuckDbRepository> {
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    return repository;
  }

  /**
   * Lets the owners write in turn until one has stored the batch. An owner fails once on the invalidated database,
   * unless the background check for damage met it first.
   */
  async function writeOnceReopened(batch: Batch, ...owners: DuckDbRepository[]): Promise<void> {
    for (;;) {
      for (const owner of owners) {
        const result = await owner.write(batch);
        if (result.kind !== 'fault') {
          expectStored(result);
          return;
        }
        expect(result).toMatchObject({ fault: { class: 'transient', code: 'DUCKDB_INVALIDATED' } });
      }
    }
  }

  function elsewhere(path: string): DuckDbRepository {
    return new DuckDbRepository({ path, consumerGroup: GROUP });
  }

  it('keeps events with Zstandard', async () => {
    await claimed();
    expectStored(await repository.write(stored(0, 4000)));
    await repository.close();
    const compression = await withDuckDbFile(warehouse.path, 'READ_ONLY', async (connection) => {
      const result = await connection.runAndReadAll(
        `SELECT DISTINCT compression FROM pragma_storage_info('RAW_EVENTS_STREAM')
         WHERE column_name = 'EVENT_CONTENT' AND segment_type <> 'VALIDITY'`,
      );
      return result.getRows().flat();
    });
    expect(compression).toEqual(['ZSTD']);
  });

  it('may come from a release that did not compress with Zstandard', async () => {
    const older = await DuckDBInstance.create(warehouse.path);
    const connection = await older.connect();
    await connection.run('CREATE TABLE other (a INTEGER)');
    connection.closeSync();
    older.closeSync();
    await claimed();
    expectStored(await repository.write(stored(0, 3)));
    expect(await repository.storedEnds([{ topic: TOPIC, partition: 0 }])).toEqual([3]);
  });

  it('is refused in a folder that does not exist', async () => {
    const path = join(warehouse.path, '..', 'missing', 'file.duckdb');
    expect(await elsewhere(path).open()).toMatchObject([
      { class: 'setup', code: 'DUCKDB_NOT_WRITABLE', message: expect.stringContaining(path) },
    ]);
  });

  it('is refused if it is not a database', async () => {
    const text = `${warehouse.path}.txt`;
    await writeFile(text, 'neither a database nor empty\n'.repeat(1000));
    const folder = `${warehouse.path}.folder`;
    await mkdir(folder);

    for (const path of [text, folder]) {
      expect(await elsewhere(path).open()).toMatchObject([
        { class: 'setup', code: 'DUCKDB_NOT_A_DATABASE', message: expect.stringContaining(path) },
      ]);
    }
  });

  it('is refused while another process has it open, and opens afterwards', async () => {
    const holder = spawn(process.execPath, [
      '-e',
      `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).then((db) => {
         console.log('open');
         process.stdin.on('end', () => db.closeSync()).resume();
       })`,
      '--',
      warehouse.path,
    ]);
    const ended = once(holder, 'exit');
    try {
      await once(holder.stdout, 'data');
      expect(await repository.open()).toMatchObject([
        {
          class: 'setup',
          code: 'DUCKDB_LOCKED',
          message: expect.stringContaining(`PID ${holder.pid ?? ''}`),
        },
      ]);
    } finally {
      holder.stdin.end();
      await ended;
    }
    expect(await repository.open()).toEqual([]);
  });

  it('is released by a close, and by an open that found faults', async () => {
    const opensElsewhere = () =>
      execFileSync(process.execPath, [
        '-e',
        `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).then((db) => {
           db.closeSync(); console.log('opened');
         })`,
        '--',
        warehouse.path,
      ]).toString();
    await claimed();
    await repository.close();
    expect(opensElsewhere()).toBe('opened\n');

    await warehouse.execute(`ALTER TABLE ${RAW_EVENTS_STREAM.name} DROP COLUMN PRODUCT_ID`);
    expect(await repository.open()).toHaveLength(1);
    expect(opensElsewhere()).toBe('opened\n');
  });

  it('is checked column by column', async () => {
    await warehouse.execute(
      `CREATE TABLE RAW_EVENTS_STREAM (
         EVENT_TYPE VARCHAR NOT NULL, PRODUCT_ID INTEGER, EVENT_METADATA JSON NOT NULL,
         EVENT_CONTENT VARCHAR NOT NULL, INGESTION_TIME TIMESTAMPTZ, EXTRA INTEGER NOT NULL)`,
    );

    const faults = await repository.open();

    expect(faults.map(({ message }) => message)).toEqual([
      'RAW_EVENTS_STREAM.EVENT_TYPE is NOT NULL, and must allow NULL',
      'RAW_EVENTS_STREAM.PRODUCT_ID is of type INTEGER, and must be BIGINT',
      'RAW_EVENTS_STREAM has no column CUSTOMER_ID (BIGINT)',
      'RAW_EVENTS_STREAM.EVENT_CONTENT is of type VARCHAR, and must be JSON',
      'RAW_EVENTS_STREAM.INGESTION_TIME has no default, and must have now()',
      'RAW_EVENTS_STREAM.EXTRA is unknown to the service, is NOT NULL and has no default',
    ]);
    expect(await repository.write(stored(0, 1))).toMatchObject({
      kind: 'fault',
      fault: { code: 'NOT_OPEN' },
    });
  });

  it('names a table that disappears at run time, and continues once it is back', async () => {
    await claimed();
    await warehouse.execute('ALTER TABLE SALES_EVENTS_DLQ RENAME TO AWAY; DROP VIEW ORDER_ANALYTICS');
    await warehouse.execute('ALTER TABLE RAW_EVENTS_STREAM RENAME TO EVENTS_AWAY');

    const result = await repository.write(stored(0, 1));
    expect(result).toMatchObject({
      kind: 'fault',
      fault: { class: 'setup', code: 'DUCKDB_SCHEMA', message: expect.stringContaining('RAW_EVENTS_STREAM') },
    });

    await warehouse.execute('ALTER TABLE EVENTS_AWAY RENAME TO RAW_EVENTS_STREAM');
    expectStored(await repository.write(stored(0, 1)));
  });

  it('stores a batch whose commit failed as soon as it can be committed', async () => {
    await claimed();
    await warehouse.execute('CHECKPOINT');
    // A folder takes the place of the log, so that the commit fails.
    await mkdir(`${warehouse.path}.wal`);

    const failed = await repository.write(stored(0, 3));

    expect(failed).toMatchObject({ kind: 'fault', fault: { class: 'transient', code: 'DUCKDB_IO' } });
    expect(await warehouse.rows(RAW_EVENTS_STREAM)).toEqual([]);
    await rmdir(`${warehouse.path}.wal`);
    expectStored(await repository.write(stored(0, 3)));
    expect(await warehouse.rows(RAW_EVENTS_STREAM)).toHaveLength(3);
  });

  it('is reopened after a fatal DuckDB error', async () => {
    await claimed();
    expectStored(await repository.write(stored(0, 5)));
    await expect(
      warehouse.execute(`SET debug_checkpoint_abort = 'before_header'; FORCE CHECKPOINT`),
    ).rejects.toThrow('FATAL');

    await writeOnceReopened(stored(5, 6), repository);
    expect(await warehouse.rows(RAW_EVENTS_STREAM)).toHaveLength(6);
  });

  it('is reopened after a fatal DuckDB error when two owners share it', async () => {
    await claimed();
    const other = warehouse.repository(GROUP);
    expect(await other.open()).toEqual([]);
    await expect(
      warehouse.execute(`SET debug_checkpoint_abort = 'before_header'; FORCE CHECKPOINT`),
    ).rejects.toThrow('FATAL');

    await writeOnceReopened(stored(0, 1), repository, other);
    for (const owner of [repository, other]) {
      expect(await owner.write(stored(0, 1))).toMatchObject({ kind: 'stale' });
    }
    await other.close();
  });

  it('loses nothing of a committed batch when the process is killed', async () => {
    // The copy was never closed, so opening it replays the log.
    await claimed();
    expectStored(await repository.write(stored(0, 10)));
    const copy = `${warehouse.path}.copy`;
    await copyFile(warehouse.path, copy);
    await copyFile(`${warehouse.path}.wal`, `${copy}.wal`);

    const survivor = elsewhere(copy);
    try {
      expect(await survivor.open()).toEqual([]);
      expect(await survivor.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }])).toMatchObject([
        { nextOffset: 10, stored: 10 },
      ]);
    } finally {
      await survivor.close();
    }
  });

  it('gives SQL access to neither the network nor other files', async () => {
    await claimed();
    const session = await DuckDbSession.open(warehouse.database);
    try {
      for (const sql of [
        'INSTALL httpfs',
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/tmp/other.duckdb'",
        'SET enable_external_access = true',
      ]) {
        await expect(session.connection.run(sql)).rejects.toThrow(/Permission Error|Invalid Input Error/);
      }
    } finally {
      await session.close();
    }
  });

  it('reports a rejected row without its content', async () => {
    await claimed();
    const secret = row(0, { content: '{"card":"4111-1111" oops}' });

    const result = await repository.write(batch({ rows: [secret], ranges: [range(0, 1)] }));

    expect(result.kind).toBe('rejected');
    expect(JSON.stringify(result)).not.toContain('4111');
  });
});
