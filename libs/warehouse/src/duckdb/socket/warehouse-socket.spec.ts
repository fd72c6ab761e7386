import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { batch, expectStored, GROUP, letter, range, row, TOPIC } from '#testing/warehouse-contract';
import { ANY_DEAD_LETTER } from '../../dead-letters/dead-letter-store.js';
import { DuckDbDeadLetterStore } from '../dead-letters/duckdb-dead-letter-store.js';
import { DuckDbRepository } from '../writing/duckdb-repository.js';
import { FrameReader, toFrame } from './frames.js';
import { ServiceSession } from './service-session.js';
import { socketPathOf, withShortPath } from './socket-path.js';

/** Runs until it is cancelled. */
const ENDLESS = 'SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7';

describe('the socket of a service that has a DuckDB file open', () => {
  let folder: string;
  let path: string;
  let service: DuckDbRepository;
  const sessions: ServiceSession[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'warehouse-socket-'));
    path = join(folder, 'warehouse.duckdb');
    service = await started(path);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(sessions.splice(0).map((session) => session.close()));
    await service.close();
    await rm(folder, { recursive: true });
  });

  async function started(file: string): Promise<DuckDbRepository> {
    const repository = new DuckDbRepository({ path: file, consumerGroup: GROUP, role: 'service' });
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    return repository;
  }

  async function session(access: 'READ_ONLY' | 'READ_WRITE' = 'READ_WRITE'): Promise<ServiceSession> {
    const opened = await ServiceSession.open(path, access);
    if (opened === null) throw new Error('There is no socket');
    sessions.push(opened);
    return opened;
  }

  async function storesAt(offset: number): Promise<void> {
    expectStored(await service.write(batch({ rows: [row(offset)], ranges: [range(offset, offset + 1)] })));
  }

  async function storedRows(): Promise<number> {
    const { connection } = await session('READ_ONLY');
    const [found] = await connection.rows<{ n: string }>('SELECT count(*) AS n FROM RAW_EVENTS_STREAM');
    return Number(found?.n);
  }

  it('belongs to the owner of the file alone, and is gone with the service', async () => {
    const socket = join(folder, 'warehouse.duckdb.sock');
    expect((await stat(socket)).mode & 0o777).toBe(0o600);

    await service.close();

    await expect(access(socket)).rejects.toThrow('ENOENT');
    expect(await ServiceSession.open(path, 'READ_ONLY')).toBeNull();
  });

  it('takes the place of one whose service was killed', async () => {
    await service.close();
    const socket = await socketPathOf(path);
    const killed = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', killed, socket]);
    expect((await stat(socket)).isSocket()).toBe(true);
    expect(await ServiceSession.open(path, 'READ_ONLY')).toBeNull();

    service = await started(path);

    expect(await storedRows()).toBe(0);
  });

  it('never takes the place of a file; the service runs without it', async () => {
    await service.close();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const socket = await socketPathOf(path);
    await writeFile(socket, 'somebody needs this');

    service = await started(path);

    expect((await stat(socket)).isFile()).toBe(true);
    expect(warn).toHaveBeenCalledWith(expect.anything(), expect.stringContaining('EADDRINUSE'));
    await storesAt(0);
  });

  it('works below folders and names of any length', async () => {
    await service.close();
    const deep = join(folder, 'd'.repeat(120));
    await mkdir(deep);
    path = join(deep, `${'n'.repeat(100)}.duckdb`);

    service = await started(path);

    expect(await storedRows()).toBe(0);
    expect((await stat(await socketPathOf(path))).mode & 0o777).toBe(0o600);
  });

  it('is found through a link to the file', async () => {
    await storesAt(0);
    const link = join(folder, 'link.duckdb');
    await symlink(path, link);
    path = link;
    expect(await storedRows()).toBe(1);
  });

  it('leaves a second service on the file out, as before', async () => {
    const program = `
      import { DuckDBInstance } from '@duckdb/node-api';
      await DuckDBInstance.create(process.argv[1]).then(() => process.exit(0), (error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    });
    expect(stdout).toContain('Could not set lock on file');
  });

  it('rolls back the transaction of a client that dies', async () => {
    await storesAt(0);
    const client = await session();
    await client.connection.run('BEGIN');
    await client.connection.run('DELETE FROM RAW_EVENTS_STREAM');
    await client.connection.run('UPDATE INGESTION_CHECKPOINTS SET NEXT_OFFSET = 7');
    await client.close();

    // The checkpoint is free again as soon as the service has noticed.
    let result = await service.write(batch({ rows: [row(1)], ranges: [range(1, 2)] }));
    while (result.kind === 'fault')
      result = await service.write(batch({ rows: [row(1)], ranges: [range(1, 2)] }));
    expectStored(result);
    expect(await storedRows()).toBe(2);
  });

  it('cancels what its clients run when the service stops, and says so', async () => {
    const running = [session('READ_ONLY'), session('READ_WRITE')].map(async (opening) =>
      (await opening).connection.rows(ENDLESS),
    );
    const ends = Promise.allSettled(running);
    await storesAt(0);

    await service.close();

    expect(await ends).toEqual(
      running.map(() => ({
        status: 'rejected',
        reason: expect.objectContaining({ fault: expect.objectContaining({ code: 'DUCKDB_SERVICE_STOPS' }) }),
      })),
    );
    const store = new DuckDbDeadLetterStore({ path });
    expect(await store.open()).toEqual([]);
    await store.close();
  });

  it('lets the service write while more clients than threads run endless queries', async () => {
    const clients = await Promise.all([1, 2, 3, 4, 5, 6].map(() => session('READ_ONLY')));
    const controller = new AbortController();
    const queries = clients.map((client) => client.stream(ENDLESS, [], controller.signal));
    const ends = Promise.allSettled(queries);

    for (let offset = 0; offset < 5; offset++) await storesAt(offset);

    controller.abort();
    await ends;
    expect(await storedRows()).toBe(5);
  });

  it('sends a large result only as fast as it is read', async () => {
    const client = await session('READ_ONLY');
    const before = process.memoryUsage().rss;
    const { chunks } = await client.stream(`SELECT repeat('x', 1000) FROM range(1000000)`);
    const iterator = chunks[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);

    for (let offset = 0; offset < 20; offset++) await storesAt(offset);

    // The result has 1 GB.
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 2 ** 20);
    await iterator.return?.();
  });

  it('repeats what meets another transaction on the same rows', async () => {
    const letters = Array.from({ length: 5 }, (_, offset) => letter(offset));
    expectStored(
      await service.write(batch({ deadLetters: letters, ranges: [range(0, 5, { deadLettered: 5 })] })),
    );
    const stores = await Promise.all(
      [1, 2, 3].map(async () => {
        const store = new DuckDbDeadLetterStore({ path });
        expect(await store.open()).toEqual([]);
        return store;
      }),
    );
    await Promise.all(
      stores.map(async (store) =>
        store.resolve(await store.find(ANY_DEAD_LETTER), { user: 'anna', reason: 'done' }),
      ),
    );
    expect(await stores[0]?.count(ANY_DEAD_LETTER)).toMatchObject({ open: 0, resolved: 5 });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('serves sixteen clients, and tells the next one', async () => {
    await Promise.all(Array.from({ length: 16 }, () => session()));
    await expect(session()).rejects.toMatchObject({ fault: { code: 'DUCKDB_SERVICE_BUSY' } });
    await Promise.all(sessions.splice(0).map((one) => one.close()));
    await storesAt(0);
  });

  const HELLO = toFrame({ kind: 'hello', version: 2, access: 'READ_WRITE' });
  const RUN = toFrame({ kind: 'run', sql: 'SELECT 1', binds: [] });

  it.each([
    ['bytes that are no frame', [Buffer.from('GET / HTTP/1.1\r\n\r\n')], 'bytes; the limit is'],
    ['a body that is not JSON', [Buffer.from([0, 0, 0, 2, 0xff, 0xfe])], 'not JSON'],
    ['JSON that is no request', [toFrame({ kind: 'drop', sql: [] })], 'no request'],
    ['a bind that is no value', [HELLO, toFrame({ kind: 'run', sql: 'x', binds: [{}] })], 'no request'],
    ['a request before the hello', [RUN], 'before the hello'],
    ['several requests at once', [Buffer.concat([HELLO, RUN, RUN])], 'before the response'],
    ['another version', [toFrame({ kind: 'hello', version: 99, access: 'READ_ONLY' })], 'another release'],
    [
      'an append to a table of the warehouse',
      [HELLO, toFrame({ kind: 'append', table: 'RAW_EVENTS_STREAM', rows: [] })],
      'RAW_EVENTS_STREAM',
    ],
  ])('refuses %s, and serves the others', async (_what, frames, message) => {
    expect(await errorTo(frames)).toContain(message);
    expect(await storedRows()).toBe(0);
    await storesAt(0);
  });

  /** Sends these frames one by one, and returns the message of the first error. */
  async function errorTo(frames: readonly Buffer[]): Promise<string> {
    const socket = await withShortPath(await socketPathOf(path), async (short) => connect(short));
    const reader = new FrameReader(1_000_000);
    try {
      for (const frame of frames) {
        socket.write(frame);
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        for (const response of reader.read(chunk)) {
          const { kind, message } = response as { kind: string; message?: string };
          if (kind === 'error') return message ?? '';
        }
      }
      return 'no error';
    } finally {
      socket.destroy();
    }
  }
});
