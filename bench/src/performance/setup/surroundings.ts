import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Server } from '#testing/lake';
import { RAW_EVENTS_STREAM } from '#warehouse';
import type { Contestant } from '../contestants/contestants.js';
import { startSnowflakeEndpoint, STREAMING_ENV } from '../../warehouses/snowflake-endpoint.js';

/** A partition, and the offset below which it is committed. */
export interface Progress {
  partition: number;
  nextOffset: number;
}

/** What stands behind the service in one run. */
export interface Surroundings {
  /** What the service has to know of it. */
  env: Readonly<Record<string, string>>;
  /** Asks the warehouse past the service, at once, how far each partition is committed; null where it cannot be asked. */
  progress: (() => Promise<Progress[]>) | null;
  /** The number of statements and requests so far that batches took; null where there are none to count. */
  statements: (() => Promise<number>) | null;
  /** The bytes so far that Snowpipe Streaming bills; null where nothing is streamed. */
  billedBytes: (() => Promise<number>) | null;
  /** The size of what a lake holds, as it is read: of its Parquet files, if there are any; null without a lake. */
  storedBytes: (() => Promise<number>) | null;
  close(): Promise<void>;
}

const HOLD_MS = 200;
/** In the name of a channel for rows. */
const PARTITION = /-(\d+)-E\d+$/;
/** In a committed token, after the number of its append. */
const HIGHEST_OFFSET = /^\d+:(\d+)$/;

/** Counts events and does not keep them. */
const COUNTING = {
  HOLD_MS: String(HOLD_MS),
  COUNT_ONLY: 'RAW_EVENTS_STREAM,SALES_EVENTS_DLQ',
  TRUST_JSON: '1',
};

export async function surroundings(
  { warehouse, checkpointTables, commitDelayMs }: Contestant,
  workFolder: string,
): Promise<Surroundings> {
  switch (warehouse) {
    case 'none':
      return {
        // Every service has a warehouse in its settings; this one is never opened.
        env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(workFolder, 'never-opened.duckdb') },
        progress: null,
        statements: null,
        billedBytes: null,
        storedBytes: null,
        close: async () => undefined,
      };
    case 'duckdb':
      return duckDbFile(workFolder);
    case 'snowflake':
      return sqlEndpoint(checkpointTables);
    case 'streaming':
      return streamingEndpoint(commitDelayMs);
    case 'lake-folder':
      return lakeFolder(workFolder);
    case 'lake-s3':
      return lakeOnS3(workFolder);
  }
}

async function duckDbFile(workFolder: string): Promise<Surroundings> {
  const folder = await mkdtemp(join(workFolder, 'duckdb-'));
  return {
    env: { WAREHOUSE: 'duckdb', DUCKDB_PATH: join(folder, 'events.duckdb') },
    progress: null,
    statements: null,
    billedBytes: null,
    storedBytes: null,
    close: () => rm(folder, { recursive: true }),
  };
}

/** The rest of a backlog is less than an object. A group belongs to one lake. */
const newLake = () => ({ LAKE_MAX_WAIT_MS: '1000', LAKE_GROUP_ID: `bench-lake-${randomUUID()}` });

/** With a warehouse for what is replayed. */
async function lakeFolder(workFolder: string): Promise<Surroundings> {
  const warehouse = await duckDbFile(workFolder);
  const folder = await mkdtemp(join(workFolder, 'lake-'));
  return {
    ...warehouse,
    env: { ...warehouse.env, ...newLake(), LAKE_LOCATION: folder },
    storedBytes: async () => {
      const names = await readdir(folder, { recursive: true });
      const parquet = names.filter((name) => name.endsWith('.parquet'));
      const read = parquet.length > 0 ? parquet : names.filter((name) => name.endsWith('.ndjson.zst'));
      const sizes = await Promise.all(read.map(async (name) => (await stat(join(folder, name))).size));
      return sizes.reduce((sum, size) => sum + size, 0);
    },
    close: async () => {
      await warehouse.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function lakeOnS3(workFolder: string): Promise<Surroundings> {
  const server = await S3Server.start();
  const warehouse = await duckDbFile(workFolder);
  return {
    ...warehouse,
    env: { ...warehouse.env, ...newLake(), ...server.env('bench') },
    close: async () => {
      await warehouse.close();
      await server.stop();
    },
  };
}

async function sqlEndpoint(checkpointTables?: number): Promise<Surroundings> {
  const endpoint = await startSnowflakeEndpoint(COUNTING, { checkpointTables });
  const progress = async () => {
    const rows = await endpoint.query('SELECT "PARTITION", NEXT_OFFSET FROM INGESTION_CHECKPOINTS');
    return rows.map((row) => ({
      partition: Number(row['PARTITION']),
      nextOffset: Number(row['NEXT_OFFSET']),
    }));
  };
  return { ...endpoint, progress, billedBytes: null, storedBytes: null };
}

async function streamingEndpoint(commitDelayMs = 0): Promise<Surroundings> {
  const settings = { ...COUNTING, COMMIT_DELAY_MS: String(commitDelayMs) };
  const endpoint = await startSnowflakeEndpoint(settings, { streaming: true });
  const progress = async () => {
    const channels = await endpoint.channels();
    return channels.flatMap(({ table, name, committedOffsetToken: token }) => {
      const [, partition] = PARTITION.exec(name) ?? [];
      const [, highest] = HIGHEST_OFFSET.exec(token ?? '') ?? [];
      if (table !== RAW_EVENTS_STREAM.name || partition === undefined || highest === undefined) return [];
      return { partition: Number(partition), nextOffset: Number(highest) + 1 };
    });
  };
  return { ...endpoint, env: { ...endpoint.env, ...STREAMING_ENV }, progress, storedBytes: null };
}
