import { existsSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { logEnds, logStarts, withDuckDbFile } from '#testing';
import type { Books, Checkpoint } from './ledger.js';

/** What is in Kafka and in the warehouse now. The ingester must not run: a DuckDB file has one user at a time. */
export async function readBooks(
  warehouseFile: string,
  { bootstrapServer, topic, group }: { bootstrapServer: string; topic: string; group: string },
): Promise<Books> {
  const ends = await logEnds(bootstrapServer, topic);
  const starts = await logStarts(bootstrapServer, topic);
  return withWarehouse(warehouseFile, emptyBooks(starts, ends), async (query) => {
    const checkpoints = await query(
      `SELECT "PARTITION", FIRST_OFFSET, NEXT_OFFSET, STORED, DEAD_LETTERED, SKIPPED, GAPS, LOST
       FROM INGESTION_CHECKPOINTS WHERE CONSUMER_GROUP = $group AND "TOPIC" = $topic`,
      { group, topic },
    );
    const [rows] = await query(
      `SELECT count(*), count(DISTINCT (EVENT_METADATA->>'$.partition', EVENT_METADATA->>'$.offset'))
       FROM RAW_EVENTS_STREAM`,
    );
    const deadLetters = await query('SELECT ERROR_TYPE, count(*) FROM SALES_EVENTS_DLQ GROUP BY ALL');
    const redriven = await query(
      `SELECT ERROR_TYPE, count(*) FROM SALES_EVENTS_DLQ WHERE ATTEMPT > 1 GROUP BY ALL
       UNION ALL
       SELECT 'stored', count(DISTINCT (STORED_METADATA->>'$.partition', STORED_METADATA->>'$.offset'))
       FROM SALES_EVENTS_DLQ WHERE STORED_METADATA IS NOT NULL`,
    );
    return {
      logStarts: starts,
      logEnds: ends,
      checkpoints: new Map(checkpoints.map((row) => [Number(row[0]), toCheckpoint(row.map(Number))])),
      rows: Number(rows?.[0]),
      doubles: Number(rows?.[0]) - Number(rows?.[1]),
      deadLetters: countsOf(deadLetters),
      redriven: countsOf(redriven),
    };
  });
}

/** Rows a second from the first commit since then to the last; null where there were not two. */
export async function storingRate(warehouseFile: string, sinceMs: number): Promise<number | null> {
  return withWarehouse(warehouseFile, null, async (query) => {
    const [row] = await query(
      `WITH commits AS (
         SELECT epoch_ms(INGESTION_TIME) AS moment, count(*) AS stored
         FROM RAW_EVENTS_STREAM WHERE epoch_ms(INGESTION_TIME) >= $sinceMs GROUP BY ALL)
       SELECT sum(stored) - arg_min(stored, moment), max(moment) - min(moment) FROM commits`,
      { sinceMs },
    );
    const [stored = 0, milliseconds = 0] = (row ?? []).map(Number);
    return milliseconds > 0 ? (stored / milliseconds) * 1000 : null;
  });
}

type Row = readonly unknown[];
type Query = (sql: string, values?: Record<string, string | number>) => Promise<Row[]>;

function emptyBooks(starts: Map<number, number>, ends: Map<number, number>): Books {
  return {
    logStarts: starts,
    logEnds: ends,
    checkpoints: new Map(),
    rows: 0,
    doubles: 0,
    deadLetters: new Map(),
    redriven: new Map(),
  };
}

function countsOf(rows: readonly Row[]): Map<string, number> {
  return new Map(rows.map(([kind, rowCount]) => [String(kind), Number(rowCount)]));
}

/** @param empty the answer where the tables are not there yet */
async function withWarehouse<T>(file: string, empty: T, read: (query: Query) => Promise<T>): Promise<T> {
  if (!existsSync(file)) return empty;
  return withDuckDbFile(file, 'READ_WRITE', async (connection) => {
    const query = queryOn(connection);
    const tables = await query(`SELECT 1 FROM duckdb_tables() WHERE table_name = 'INGESTION_CHECKPOINTS'`);
    return tables.length === 0 ? empty : read(query);
  });
}

function queryOn(connection: DuckDBConnection): Query {
  return async (sql, values) => (await connection.runAndReadAll(sql, values)).getRowsJS();
}

function toCheckpoint([
  ,
  first = 0,
  next = 0,
  stored = 0,
  deadLettered = 0,
  skipped = 0,
  gaps = 0,
  lost = 0,
]: number[]): Checkpoint {
  return { first, next, stored, deadLettered, skipped, gaps, lost };
}
