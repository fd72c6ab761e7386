import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { S3Store, type S3Options } from '#lake';
import type { Scenario } from './scenario.js';

/** A record of the lake as DuckDB reads it, with bytes in hexadecimal. */
export interface LakeRecord {
  partition: number;
  offset: number;
  key: string | null;
  value: string | null;
  timestamp: number;
  headers: { name: string; value: string | null }[];
}

const COLUMNS = `{
  partition: 'INTEGER', "offset": 'BIGINT', "timestamp": 'BIGINT', timestamp_type: 'VARCHAR',
  "key": 'VARCHAR', key_base64: 'VARCHAR', "value": 'VARCHAR', value_base64: 'VARCHAR',
  headers: 'STRUCT(name VARCHAR, "value" VARCHAR, value_base64 VARCHAR)[]'
}`;

/** Reads the whole lake of a topic with DuckDB, which knows nothing of our code, ordered by partition and offset. */
export async function readLake({ lakeFolder, topic }: Scenario): Promise<LakeRecord[]> {
  const files = `${lakeFolder}/${topic}/*/*.ndjson.zst`;
  const bytes = (name: string) => `hex(coalesce(from_base64(${name}_base64), encode("${name}")))`;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(
      `SELECT partition, "offset"::DOUBLE AS "offset", "timestamp"::DOUBLE AS "timestamp",
              ${bytes('key')} AS "key", ${bytes('value')} AS "value",
              list_transform(headers, lambda h: {name: h.name, "value": hex(coalesce(from_base64(h.value_base64), encode(h."value")))}) AS headers
         FROM read_json('${files}', format = 'newline_delimited', compression = 'zstd', hive_partitioning = false,
                        maximum_object_size = 100000000, columns = ${COLUMNS})
        ORDER BY partition, "offset"`,
    );
    return reader.getRowObjectsJson() as unknown as LakeRecord[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Copies every object of a bucket's prefix into a folder. */
export async function download(options: S3Options, folder: string): Promise<void> {
  const store = new S3Store(options);
  for await (const { key } of store.list('')) {
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(key)) chunks.push(chunk);
    const path = join(folder, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, Buffer.concat(chunks));
  }
  await store.close();
}

export function hex(bytes: Buffer | string | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString('hex').toUpperCase();
}
