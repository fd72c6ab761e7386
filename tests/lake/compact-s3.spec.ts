import { rm } from 'node:fs/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { Lake, S3Store, toLine, type S3Options } from '#lake';
import type { Message } from '#pipeline';
import { eventually } from '#testing';
import { answerOf, environmentOf, operator, spawnOperator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { download } from '../support/lake-contents.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { s3ServerFor } from '../support/s3-server.js';
import { Scenario } from '../support/scenario.js';

const PARTITIONS = 2;
const OBJECTS = 6;
const RECORDS = 50;
const DAY_MS = 86_400_000;
const STARTED_MS = Date.UTC(2026, 0, 31);

const server = await s3ServerFor('operator lake compact');
afterAll(() => server?.stop());

if (server === null) itIsSkippedWithout('Go');
else
  describe('operator lake compact on S3', () => {
    let scenario: Scenario;
    let store: S3Store;
    let env: Record<string, string>;
    let compactedOptions: S3Options;

    beforeAll(async () => {
      scenario = await Scenario.create('compact-s3', { partitions: PARTITIONS });
      store = new S3Store(server.options(`${scenario.topic}/`));
      compactedOptions = server.options(`${scenario.topic}/compacted/`);
      env = { ...environmentOf(scenario), ...server.env(scenario.topic) };
      for (let object = 0; object < OBJECTS; object += 1) await archive(object);
    });
    afterAll(async () => {
      await store.close();
      await scenario.cleanUp();
    });

    /** Writes the object with this number in each partition, which covers a day. */
    async function archive(object: number): Promise<void> {
      const first = object * RECORDS;
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const records = Array.from({ length: RECORDS }, (_, index): Message => {
          const at = { topic: scenario.topic, partition, offset: first + index, headers: {}, key: null };
          const { value } = index % 10 === 9 ? { value: 'no json' } : validOrder(first + index);
          return {
            ...at,
            timestampMs: STARTED_MS + object * DAY_MS + index,
            value: Buffer.from(value),
          };
        });
        const summary = { first, next: first + RECORDS, records: RECORDS, lost: 0 };
        const lastTimestampMs = Number(records.at(-1)?.timestampMs);
        const lines = records.map((record) => Buffer.from(toLine(record)));
        await new Lake(store).append(
          { topic: scenario.topic, partition },
          { ...summary, lastTimestampMs },
          lines,
        );
      }
    }

    async function keys(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found;
    }

    /** The places of the events in the Parquet files, as DuckDB reads them. */
    async function compacted(): Promise<string[]> {
      await rm(scenario.lakeFolder, { recursive: true, force: true });
      await download(compactedOptions, scenario.lakeFolder);
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(
        `SELECT kafka_partition || '@' || kafka_offset FROM read_parquet('${scenario.lakeFolder}/*/*/*/*.parquet', union_by_name = true)`,
      );
      const places = reader.getRowsJson().map(([place]) => place as string);
      connection.closeSync();
      instance.closeSync();
      return places.sort();
    }

    const expected = (objects: readonly number[]) =>
      objects
        .flatMap((object) => Array.from({ length: RECORDS }, (_, index) => object * RECORDS + index))
        .filter((offset) => offset % 10 !== 9)
        .flatMap((offset) => Array.from({ length: PARTITIONS }, (_, partition) => `${partition}@${offset}`))
        .sort();
    const upTo = (end: number) => Array.from({ length: end }, (_, object) => object);

    it('writes each event once, though it is killed at any point', async () => {
      for (let objects = 1; objects <= OBJECTS; objects += 2) {
        const running = spawnOperator(env, 'lake', 'compact', '--yes');
        await eventually(async () => (await keys('compacted/')).length >= objects);
        running.kill();
        await running.exited;
      }
      const both = [operator(env, 'lake', 'compact', '--yes'), operator(env, 'lake', 'compact', '--yes')];
      for (const { code, stderr } of await Promise.all(both))
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(await compacted()).toEqual(expected(upTo(OBJECTS)));
    });

    it('goes on when old objects have expired, and so does verify', async () => {
      const client = server.client();
      const old = (await keys(`${scenario.topic}/`)).filter((key) => !/0{17}(250|200)\./.test(key));
      for (const key of old)
        await client.send(new DeleteObjectCommand({ Bucket: 'lake', Key: `${scenario.topic}/${key}` }));
      await archive(OBJECTS);
      const { runs } = await answerOf<{ runs: { rows: number }[] }>(env, 'lake', 'compact', '--yes');
      expect(runs).toMatchObject([{ rows: PARTITIONS * 45 }]);
      expect(await compacted()).toEqual(expected(upTo(OBJECTS + 1)));
      const { stdout } = await operator(env, 'lake', 'verify', '--json');
      const { partitions } = JSON.parse(stdout) as { partitions: { from: number; next: number }[] };
      expect(partitions).toMatchObject([
        { from: 200, next: 350 },
        { from: 200, next: 350 },
      ]);
      client.destroy();
    });
  });
