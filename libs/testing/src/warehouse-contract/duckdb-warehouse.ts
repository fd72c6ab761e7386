import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DuckDbCheckpointStore,
  type DuckDbDatabase,
  DuckDbDeadLetterStore,
  type DuckDbOptions,
  DuckDbRepository,
  DuckDbSession,
  type Table,
} from '#warehouse';
import type { ContractWarehouse, WarehouseRow } from './fixture.js';

/** A database file of its own, which it inspects in a separate session. */
export class DuckDbWarehouse implements ContractWarehouse {
  private constructor(
    private readonly folder: string,
    readonly database: DuckDbDatabase,
  ) {}

  static async start(memoryLimitMib = 200): Promise<DuckDbWarehouse> {
    const folder = await mkdtemp(join(tmpdir(), 'duckdb-contract-'));
    return new DuckDbWarehouse(folder, {
      path: join(folder, 'warehouse.duckdb'),
      memoryLimitMib,
      threads: 1,
    });
  }

  get path(): string {
    return this.database.path;
  }

  repository(consumerGroup: string, options: Partial<DuckDbOptions> = {}): DuckDbRepository {
    return new DuckDbRepository({ ...this.database, consumerGroup, ...options });
  }

  deadLetters(): DuckDbDeadLetterStore {
    return new DuckDbDeadLetterStore(this.database);
  }

  checkpoints(): DuckDbCheckpointStore {
    return new DuckDbCheckpointStore(this.path, 'READ_WRITE');
  }

  async rows(table: Table): Promise<WarehouseRow[]> {
    const columns = table.columns.map(({ name, kind }) =>
      kind === 'timestamp' ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`,
    );
    const found = await this.query(`SELECT ${columns.join(', ')} FROM ${table.name}`);
    return found.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : (value as string | null),
        ]),
      ),
    );
  }

  async execute(sql: string): Promise<void> {
    await this.query(sql);
  }

  async doubleCheckpoints(): Promise<void> {
    await this.query(`
      CREATE TABLE doubled AS SELECT * FROM INGESTION_CHECKPOINTS UNION ALL SELECT * FROM INGESTION_CHECKPOINTS;
      DROP TABLE INGESTION_CHECKPOINTS;
      ALTER TABLE doubled RENAME TO INGESTION_CHECKPOINTS`);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async query(sql: string) {
    const session = await DuckDbSession.open(this.database);
    try {
      return (await session.connection.runAndReadAll(sql)).getRowObjectsJS();
    } finally {
      session.close();
    }
  }
}
