import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { Delivered, INGESTED_AT } from '../analytics/delivered.js';
import * as expected from '../analytics/expected.js';
import { plainRows, viewSections } from '../analytics/read-me.js';
import { PARTITIONS, TradingDays } from '../analytics/trading-days.js';
import { EventValidator } from '#events';
import { FolderStore, Lake, toLine } from '#lake';
import { MessageValidator, nearestMs, type Message } from '#pipeline';
import { eventually } from '#testing';
import { blocks, document } from '../documents/markdown.js';
import { answerOf, environmentOf, operator, spawnOperator } from '../operator/operator.js';
import { Scenario } from '../support/scenario.js';

const OBJECT = 40;
const VIEWS_FOLDER = new URL('../../analytics/', import.meta.url);

interface Manifests {
  runs: {
    run: number;
    rows: number;
    deadLetters: number;
    tombstones: number;
    files: { key: string; rows: number }[];
  }[];
}

describe('operator lake compact', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  let days: TradingDays;
  let connection: DuckDBConnection;

  beforeAll(async () => {
    scenario = await Scenario.create('lake-compact');
    days = new TradingDays(20_261_023);
    env = {
      ...environmentOf(scenario),
      KAFKA_TOPIC_NAME: days.log.topic,
      LAKE_LOCATION: scenario.lakeFolder,
    };
    connection = await (await DuckDBInstance.create(':memory:')).connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    for (const partition of PARTITIONS) await archive(partition, 0, 8);
  });
  afterAll(async () => {
    connection.closeSync();
    await scenario.cleanUp();
  });

  /** Writes objects of a partition; an infinite count writes the rest. */
  async function archive(partition: number, from: number, count: number): Promise<number> {
    const store = new FolderStore(scenario.lakeFolder);
    await store.check();
    let first = from;
    for (let object = 0; object < count; object += 1) {
      const fetched = days.log.fetch(partition, first, { count: OBJECT });
      if (fetched.length === 0) return first;
      const records = Array.from({ length: fetched.length }, (_, index) => fetched.at(index));
      const lines = records.map((record) => Buffer.from(toLine(record)));
      const last = records.at(-1);
      const summary = {
        ...{ first, next: fetched.nextOffset, records: records.length, lost: 0 },
        lastTimestampMs: last === undefined ? null : nearestMs(last.timestampMs),
      };
      await new Lake(store).append({ topic: days.log.topic, partition }, summary, lines);
      first = fetched.nextOffset;
    }
    return first;
  }

  /** The events that the service would store, of the records below these offsets. */
  function stored(ends: readonly number[]): Delivered[] {
    const validator = new MessageValidator(new EventValidator({ maxBytes: 1_000_000 }));
    return PARTITIONS.flatMap((partition) => {
      const fetched = days.log.fetch(partition, 0, { count: ends[partition] ?? Infinity });
      const all = { events: Infinity, bytes: Infinity };
      return validator.validate(fetched, 0, 0, all).range.rows.map((row) => new Delivered(row));
    });
  }

  const filesOf = async () => {
    const root = join(scenario.lakeFolder, 'compacted', days.log.topic);
    const names = (await readdir(root, { recursive: true }).catch(() => []))
      .filter((name) => /\.(parquet|json)$/.test(name))
      .sort();
    return Promise.all(names.map(async (name) => `${name} ${(await stat(join(root, name))).mtimeMs}`));
  };
  const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  const offsets = async () => {
    const glob = `${scenario.lakeFolder}/compacted/*/*/*/*.parquet`;
    const found = await rowsOf(
      `SELECT kafka_partition AS p, kafka_offset::INTEGER AS o FROM read_parquet('${glob}', union_by_name = true) ORDER BY p, o`,
    );
    return found.map(placeOf);
  };
  const placeOf = ({ p, o }: Record<string, unknown>) => `${Number(p)}@${Number(o)}`;
  const places = (events: readonly Delivered[]) =>
    events
      .map(({ row: { message } }) => message as Message)
      .map(({ partition, offset }) => `${partition}@${offset}`);

  it('writes each event once, though it is killed at any point, and nothing when it is run again', async () => {
    for (let names = 1; names < 25; names += 4) {
      const running = spawnOperator(env, 'lake', 'compact', '--yes');
      await eventually(async () => (await filesOf()).length >= names, { describe: `${names} files` });
      running.kill();
      await running.exited;
    }
    const both = [operator(env, 'lake', 'compact', '--yes'), operator(env, 'lake', 'compact', '--yes')];
    for (const { code, stderr } of await Promise.all(both))
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const ends = [8 * OBJECT, 8 * OBJECT];
    expect(await offsets()).toEqual(places(stored(ends)));

    const before = await filesOf();
    expect(await operator(env, 'lake', 'compact', '--yes')).toMatchObject({
      stdout: 'Every object is compacted.\n',
    });
    expect(await filesOf()).toEqual(before);
    expect(before.filter((name) => name.includes('.done.json'))).toHaveLength(1);
  });

  it('adds files for new objects to their days only', async () => {
    const before = await filesOf();
    for (const partition of PARTITIONS) await archive(partition, 8 * OBJECT, Infinity);
    const plan = await operator(env, 'lake', 'compact');
    expect(plan.stdout).toContain(`Partition 1: ${8 * OBJECT} to `);
    const { runs } = await answerOf<Manifests>(env, 'lake', 'compact', '--yes');
    const [run] = runs;
    expect(runs).toHaveLength(1);
    expect(run?.files.reduce((sum, { rows }) => sum + rows, 0)).toBe(run?.rows);
    const after = await filesOf();
    expect(after.filter((name) => before.includes(name))).toEqual(before);
    const added = after.filter((name) => !before.includes(name));
    expect(added.length).toBe((run?.files.length ?? 0) + 2);
    const all = stored([]);
    expect(await offsets()).toEqual(places(all));
    const [{ DAYS } = {}] = await rowsOf(
      `SELECT count(*)::INTEGER AS DAYS FROM read_parquet('${scenario.lakeFolder}/compacted/*/*/*/*.parquet',
         union_by_name = true, hive_partitioning = true, hive_types = {day: DATE})
        WHERE day <> coalesce(kafka_timestamp::DATE, DATE '1970-01-01') AND kafka_timestamp_ms > ${Date.UTC(2010, 0)}
          AND kafka_timestamp_ms < ${Date.UTC(2027, 0)}`,
    );
    expect(DAYS).toBe(0);
  });

  it('keeps every field: in its column, or as JSON', async () => {
    const glob = `${scenario.lakeFolder}/compacted/*/event_type=ORDER_CREATED/*/*.parquet`;
    const types = await rowsOf(`DESCRIBE SELECT * FROM read_parquet('${glob}', hive_partitioning = false)`);
    expect(Object.fromEntries(types.map((row) => [row['column_name'], row['column_type']]))).toMatchObject({
      ...{ order_line_id: 'VARCHAR', customer_id: 'BIGINT', total_price: 'DOUBLE', other_fields: 'VARCHAR' },
      kafka_timestamp: 'TIMESTAMP WITH TIME ZONE',
    });
    const rows = await rowsOf(
      `SELECT kafka_partition AS p, kafka_offset::INTEGER AS o, order_line_id, quantity::INTEGER AS quantity, total_price,
              sales_channel, other_fields FROM read_parquet('${glob}', hive_partitioning = false)`,
    );
    const events = new Map(
      stored([]).map((each) => [`${each.row.message.partition}@${each.row.message.offset}`, each.event]),
    );
    expect(rows.some(({ other_fields: text }) => typeof text === 'string' && text.includes('12.50'))).toBe(
      true,
    );
    for (const row of rows) {
      const event = events.get(placeOf(row)) ?? {};
      const others = JSON.parse((row['other_fields'] as string | null) ?? '{}') as Record<string, unknown>;
      for (const field of ['order_line_id', 'quantity', 'total_price', 'sales_channel'])
        expect(others[field] ?? row[field] ?? null).toEqual(event[field] ?? null);
    }
  });

  it('serves the queries of the analysts', async () => {
    const [view = ''] = blocks(document('docs/lake.md'), 'sql').filter((sql) => sql.includes('CREATE VIEW'));
    const files = `${scenario.lakeFolder}/compacted/*/*/*/*.parquet`;
    const readFrom = (name: string) => readFile(new URL(name, VIEWS_FOLDER), 'utf8');
    await connection.run(await readFrom('duckdb/functions.sql'));
    await connection.run(
      view
        .replace('lake/compacted/sales_events/*/*/*.parquet', files)
        // The test's warehouse was late.
        .replace('r.kafka_timestamp AS INGESTION_TIME', `${INGESTED_AT} AS INGESTION_TIME`),
    );
    const { stdout } = await operator(env, 'schema', 'plan', '--analytics');
    const order = /CREATE OR REPLACE VIEW ORDER_ANALYTICS[^;]*/.exec(stdout)?.[0] ?? '';
    await connection.run(order);
    for (const name of (await readdir(VIEWS_FOLDER)).filter((each) => /^\d.*\.sql$/.test(each)).sort()) {
      if (name.includes('data_quality')) continue;
      const own = await readFrom(`duckdb/${name}`).catch(() => readFrom(name));
      await connection.run(own.replace(/^(CREATE OR REPLACE VIEW \w+) COPY GRANTS\b/im, '$1'));
    }
    const events = stored([]);
    for (const [name, compute] of Object.entries(expected.VIEWS)) {
      const lines = (rows: object[]) => rows.map((row) => JSON.stringify(row)).sort();
      expect([name, lines(plainRows(await rowsOf(`SELECT * FROM ${name}`)))]).toEqual([
        name,
        lines(compute(events)),
      ]);
    }
    for (const { view: name, query } of viewSections(document('analytics/README.md')))
      if (name !== 'DATA_QUALITY') expect((await rowsOf(query)).length).toBeGreaterThan(0);
  });
});
