import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '#pipeline';
import { withDuckDbFile } from '#testing';
import { toCheckpoint, type Row } from './rows.js';
import type { BenchWarehouse } from './warehouse.js';

/** A DuckDB file. One process has it at a time: it can be read while no ingester runs. */
export class DuckDbWarehouse implements BenchWarehouse {
  readonly isShared = false;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(folder: string) {
    this.file = join(folder, 'warehouse.duckdb');
    this.env = { WAREHOUSE: 'duckdb', DUCKDB_PATH: this.file };
  }

  async checkpoints(): Promise<Checkpoint[]> {
    if (!existsSync(this.file)) return [];
    return withDuckDbFile(this.file, 'READ_ONLY', async (connection) => {
      const reader = await connection.runAndReadAll('SELECT * FROM INGESTION_CHECKPOINTS');
      return reader.getRowObjectsJson().map(toCheckpoint);
    });
  }

  async *table(name: string): AsyncIterable<Row> {
    const rows = await withDuckDbFile(this.file, 'READ_ONLY', async (connection) => {
      const reader = await connection.runAndReadAll(
        `SELECT * REPLACE (epoch_ms(INGESTION_TIME)::DOUBLE AS INGESTION_TIME) FROM ${name}`,
      );
      return reader.getRowObjectsJson();
    });
    yield* rows;
  }

  async close(): Promise<void> {
    // Nothing is open between two looks.
  }
}
