import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setImmediate as otherWork, setTimeout as delay } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { FolderStore, Lake, S3Store, type ObjectStore } from '#lake';
import { Random } from '#traffic';
import { DoomedArchiver, type Committed, type Doom, type Strikes } from '../support/doomed-archiver.js';
import { download, hex } from '../support/lake-contents.js';
import { NumberedLog } from '../support/numbered-log.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { s3ServerFor } from '../support/s3-server.js';

const { KILLS: GIVEN_KILLS = '60', RECORDS: GIVEN_RECORDS = '60000', SEED = '25' } = process.env;
const KILLS = Number(GIVEN_KILLS);
const RECORDS = Number(GIVEN_RECORDS);
/** Only guards against hanging. */
const LONGEST_MS = 600_000 + KILLS * 10_000;
const PARTITIONS = 4;
const TOPIC = 'sales_events';
/** Of the offsets; the others are markers and aborted records. */
const RECORD_SHARE = 0.84;
/** Eight requests find where the partitions continue; an archiver writes about so many objects before its end. */
const MOST_REQUESTS = 30;
const OBJECTS_A_KILL = 8.4;

const s3 = await s3ServerFor('many kills of archivers');
afterAll(() => s3?.stop());
if (s3 === null) itIsSkippedWithout('Go');

const STORES: { where: string; open: (folder: string) => ObjectStore }[] = [
  { where: 'a folder', open: (folder) => new FolderStore(folder) },
  ...(s3 === null ? [] : [{ where: 'S3', open: () => new S3Store(s3.options('many-kills/')) }]),
];

/**
 * The archiver's pipeline in this process, which ends at a random store request, again and again: there it is abandoned,
 * as kill -9 does. Some are not killed when the next one starts, and write on beside it.
 */
describe.each(STORES)('archivers that are killed at random store requests, in $where', ({ where, open }) => {
  let folder: string;
  let store: ObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(`${tmpdir()}/many-kills-`);
    store = open(folder);
    expect(await store.check()).toEqual([]);
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it(
    'archive every offset once, with the bytes of its record',
    async () => {
      const log = new NumberedLog(TOPIC, PARTITIONS, Math.ceil(RECORDS / RECORD_SHARE / PARTITIONS));
      const random = new Random(Number(SEED));
      const strikes: Strikes = { kills: 0, lostResponses: 0, cuts: 0, zombies: 0, superseded: 0 };
      const startedAt = performance.now();
      await archive(log, random, strikes);
      if (s3 !== null && where === 'S3') await download(s3.options('many-kills/'), folder);
      const found = await check(log);
      const seconds = (performance.now() - startedAt) / 1000;
      process.stdout.write(
        `${where}: ${JSON.stringify({ ...strikes, ...found, seconds: Math.round(seconds) })}\n`,
      );
      expect(strikes.kills).toBeGreaterThanOrEqual(KILLS);
      expect(strikes.lostResponses).toBeGreaterThan(KILLS / 4);
      expect(strikes.superseded).toBeGreaterThan(0);
      expect(strikes.zombies).toBeGreaterThan(KILLS / 10);
      expect(strikes.cuts).toBeGreaterThan(0);
    },
    LONGEST_MS,
  );

  async function archive(log: NumberedLog, random: Random, strikes: Strikes): Promise<void> {
    const committed: Committed = new Map();
    const atWork = new Set<DoomedArchiver>();
    // Small enough that the log lasts for all kills.
    const batch = Math.ceil((0.4 * PARTITIONS * RECORDS) / (KILLS * OBJECTS_A_KILL));
    const begin = (doom: Doom | null) => {
      const archiver = new DoomedArchiver(log, store, committed, batch, { random, doom, strikes });
      atWork.add(archiver);
      const run = archiver.run().finally(() => atWork.delete(archiver));
      return { archiver, run };
    };
    const done = until(async () => (await ends()).every((end) => end === log.end));
    const progress = { isDone: false };
    void done.then(() => (progress.isDone = true));
    while (strikes.kills < KILLS && !progress.isDone) {
      const { archiver, run } = begin({
        atRequest: random.integer(1, MOST_REQUESTS),
        isApplied: random.chance(0.5),
      });
      // A zombie is still at work while others come and go.
      const isZombie = random.chance(0.25);
      if (isZombie) strikes.zombies += 1;
      await Promise.race([isZombie ? otherWork() : Promise.race([archiver.ended, run]), done]);
      log.compactedBelow = Math.min(log.end, log.compactedBelow + random.integer(0, (2 * log.end) / KILLS));
    }
    await Promise.race([begin(null).run, done]);
    for (const archiver of atWork) archiver.abandon();
  }

  async function ends(): Promise<number[]> {
    const lake = new Lake(store);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
    return Promise.all(partitions.map(async (at) => (await lake.last(at))?.next ?? 0));
  }

  /** Reads the objects with DuckDB, which knows nothing of our code. */
  async function check(log: NumberedLog): Promise<{ objects: number; records: number; compacted: number }> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    const found = { objects: 0, records: 0, compacted: 0 };
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const reader = await connection.runAndReadAll(
        readPartition(`${folder}/${TOPIC}/partition=${partition}`),
      );
      const files = new Set<string>();
      let next = 0;
      for (const [file, offset, timestamp, key, value, headers] of reader.getRowsJson() as LakeRow[]) {
        // Not in the object of an earlier or a later range either.
        if (!files.has(file)) expect(Number(file)).toBeGreaterThanOrEqual(next);
        expect(Number(file)).toBeLessThanOrEqual(offset);
        files.add(file);
        for (; next < offset; next += 1) found.compacted += skipped(log, next);
        next = offset + 1;
        const record = log.recordAt(partition, offset);
        const kind = log.kindAt(offset);
        if (kind === 'marker' || kind === 'aborted') throw new Error(`${partition}@${offset} is no record`);
        const trace = hex((record.headers['trace'] as Buffer | undefined) ?? null);
        if (
          timestamp !== record.timestampMs ||
          key !== hex(record.key) ||
          value !== hex(record.value) ||
          headers !== (trace ?? '')
        )
          throw new Error(`${partition}@${offset} has other bytes`);
        found.records += 1;
      }
      for (; next < log.end; next += 1) found.compacted += skipped(log, next);
      found.objects += files.size;
    }
    connection.closeSync();
    instance.closeSync();
    return found;
  }
});

type LakeRow = [
  file: string,
  offset: number,
  timestamp: number,
  key: string | null,
  value: string | null,
  headers: string,
];

/** Returns 1 for a record that compaction may have removed. @throws Error for one that must be there */
function skipped(log: NumberedLog, offset: number): number {
  const kind = log.kindAt(offset);
  if (kind === 'record') throw new Error(`offset ${offset} is missing, or twice there`);
  return kind === 'compactable' ? 1 : 0;
}

/** The records of a partition in the order of offsets, with bytes in hexadecimal, and the number in the name of the object. */
function readPartition(path: string): string {
  const bytes = (name: string, of = '') =>
    `hex(coalesce(from_base64(${of}${name}_base64), encode(${of}"${name}")))`;
  return `
    SELECT regexp_extract(filename, '(\\d{20})\\.ndjson\\.zst$', 1), "offset"::DOUBLE, "timestamp"::DOUBLE, ${bytes('key')},
           ${bytes('value')}, coalesce(list_aggregate(list_transform(headers, lambda h: ${bytes('value', 'h.')}), 'string_agg', ''), '')
      FROM read_json('${path}/*.ndjson.zst', format = 'newline_delimited', compression = 'zstd',
                     hive_partitioning = false, filename = true,
                     columns = {"offset": 'BIGINT', "timestamp": 'BIGINT', "key": 'VARCHAR', key_base64: 'VARCHAR',
                                "value": 'VARCHAR', value_base64: 'VARCHAR',
                                headers: 'STRUCT(name VARCHAR, "value" VARCHAR, value_base64 VARCHAR)[]'})
     ORDER BY "offset"`;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(500, undefined, { ref: false });
}
