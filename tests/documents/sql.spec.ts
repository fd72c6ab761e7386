import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DuckDbRepository } from '#warehouse';
import { documents } from './markdown.js';
import { statements } from './statements.js';

/** Only a Snowflake account has this function. */
const OF_SNOWFLAKE = /^SELECT [^]* FROM TABLE\(INFORMATION_SCHEMA\.\w+\(\)\)/;
/** `snowflake-sql.spec.ts` and tests/analytics run the statements of the others. */
const PAGES = documents().filter(({ path }) => !/^(analytics|docs\/snowflake)/.test(path));
const STATEMENTS = PAGES.flatMap((page) =>
  statements(page)
    .filter((sql) => !OF_SNOWFLAKE.test(sql))
    .map((sql) => [page.path, sql] as const),
);

/** docs/lake.md reads compacted files. */
const COMPACTED = `SELECT 'order' AS event_type, 1 AS product_id, 2 AS customer_id, 't' AS kafka_topic, 0 AS kafka_partition,
  0 AS kafka_offset, 1 AS kafka_timestamp_ms, now() AS kafka_timestamp, 'k' AS kafka_key, NULL AS kafka_key_encoding,
  '{"a":1}' AS other_fields`;

/** docs/lake.md reads objects of the archiver. */
const LAKE_RECORD = `${JSON.stringify({ partition: 3, offset: 0, value: '{"event_type":"ORDER_CREATED"}' })}\n`;

describe('the SQL of the documents', () => {
  let folder: string;
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sql-'));
    const path = join(folder, 'warehouse.duckdb');
    const repository = new DuckDbRepository({ path, consumerGroup: 'documents' });
    expect(await repository.open()).toEqual([]);
    await repository.close();
    instance = await DuckDBInstance.create(path);
    connection = await instance.connect();
    await connection.run('CREATE TABLE INGESTION_CHECKPOINTS_2 AS FROM INGESTION_CHECKPOINTS');
    const objects = join(folder, 'lake/sales_events/partition=3');
    await mkdir(objects, { recursive: true });
    const compacted = join(folder, 'lake/compacted/sales_events/event_type=other/day=2026-01-31');
    await mkdir(compacted, { recursive: true });
    await connection.run(`COPY (${COMPACTED}) TO '${compacted}/run-000000000001.parquet' (FORMAT parquet)`);
    await writeFile(join(objects, '00000000000000000000.ndjson.zst'), zstdCompressSync(LAKE_RECORD));
  });
  afterAll(async () => {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  });

  it.each(STATEMENTS)('%s: %s', async (_path, sql) => {
    const there = sql.replace("'lake/", `'${folder}/lake/`);
    await expect(connection.run(ofDuckDb(there))).resolves.toBeDefined();
  });

  it('is rejected if a column does not exist', async () => {
    await expect(connection.run('SELECT NEXT_OFSET FROM INGESTION_CHECKPOINTS')).rejects.toThrow(
      'NEXT_OFSET',
    );
  });
});

/** Translates Snowflake's SQL to DuckDB. */
function ofDuckDb(sql: string): string {
  return (
    sql
      .replace(/(?<!")\bPARTITION\b(?!")/g, '"PARTITION"')
      // The other statements use the table of this name.
      .replace('CREATE VIEW RAW_EVENTS_STREAM', 'CREATE VIEW EVENTS_OF_THE_LAKE')
      .replace('DATEADD(hour, -1, CURRENT_TIMESTAMP())', "CURRENT_TIMESTAMP - INTERVAL '1 hour'")
  );
}
