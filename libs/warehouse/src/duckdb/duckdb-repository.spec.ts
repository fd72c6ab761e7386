import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractWarehouse, WarehouseRow } from '../contract/engine.js';
import { describeEventRepositoryContract } from '../contract/event-repository.contract.js';
import type { Table } from '../tables.js';
import { DuckDbRepository } from './duckdb-repository.js';
import { DuckDbSession } from './duckdb-session.js';

const LIMITS = { memoryLimitMib: 200, threads: 2 };

/** A database file of its own, and a session beside the repositories' that looks at it. */
class DuckDbWarehouse implements ContractWarehouse {
  private constructor(
    private readonly folder: string,
    private readonly path: string,
  ) {}

  static async start(): Promise<DuckDbWarehouse> {
    const folder = await mkdtemp(join(tmpdir(), 'duckdb-contract-'));
    return new DuckDbWarehouse(folder, join(folder, 'warehouse.duckdb'));
  }

  repository(consumerGroup: string): DuckDbRepository {
    return new DuckDbRepository({ path: this.path, consumerGroup, ...LIMITS });
  }

  async rows(table: Table): Promise<WarehouseRow[]> {
    const columns = table.columns.map(({ name, kind }) =>
      kind === 'timestamp' ? `epoch_ms("${name}") AS "${name}"` : `"${name}"`,
    );
    const found = await this.#run(`SELECT ${columns.join(', ')} FROM ${table.name}`);
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
    await this.#run(sql);
  }

  async doubleCheckpoints(): Promise<void> {
    await this.#run(`
      CREATE TABLE doubled AS SELECT * FROM INGESTION_CHECKPOINTS UNION ALL SELECT * FROM INGESTION_CHECKPOINTS;
      DROP TABLE INGESTION_CHECKPOINTS;
      ALTER TABLE doubled RENAME TO INGESTION_CHECKPOINTS`);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  async #run(sql: string) {
    const session = await DuckDbSession.open({ path: this.path, ...LIMITS });
    try {
      return (await session.connection.runAndReadAll(sql)).getRowObjectsJS();
    } finally {
      session.close();
    }
  }
}

describeEventRepositoryContract('DuckDB', {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
});
