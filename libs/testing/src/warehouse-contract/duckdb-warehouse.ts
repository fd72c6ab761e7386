import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DuckDbCheckpointStore,
  type DuckDbDatabase,
  DuckDbDeadLetterStore,
  type DuckDbOptions,
  DuckDbRepository,
  DuckDbRowRestorer,
  DuckDbSession,
  type Table,
} from '#warehouse';
import type { ContractWarehouse, WarehouseRow } from './fixture.js';

/** A database file of its own, which it inspects in a separate session. */
export class DuckDbWarehouse implements ContractWarehouse {
  private constructor(
    private readonly folder: string,
    readonly database: DuckDbDatabase,
    /** The service that has the file open; null if the file is opened by whoever uses it. */
    private readonly service: DuckDbRepository | null = null,
  ) {}

  static async start(memoryLimitMib = 200): Promise<DuckDbWarehouse> {
    const folder = await mkdtemp(join(tmpdir(), 'duckdb-contract-'));
    return new DuckDbWarehouse(folder, {
      path: join(folder, 'warehouse.duckdb'),
      memoryLimitMib,
      threads: 1,
    });
  }

  /** A file that a service has open: everything else uses it through the socket. */
  static async startServed(): Promise<DuckDbWarehouse> {
    const { folder, database } = await DuckDbWarehouse.start();
    const service = new DuckDbRepository({ ...database, consumerGroup: 'service', role: 'service' });
    const faults = await service.open();
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
    return new DuckDbWarehouse(folder, database, service);
  }

  get path(): string {
    return this.database.path;
  }

  repository(consumerGroup: string, options: Partial<DuckDbOptions> = {}): DuckDbRepository {
    const role = this.service === null ? 'owner' : 'command';
    return new DuckDbRepository({ ...this.database, consumerGroup, role, ...options });
  }

  restorer(): DuckDbRowRestorer {
    return new DuckDbRowRestorer(this.database);
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
    await this.service?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async query(sql: string) {
    const session = await DuckDbSession.open(this.database);
    const connection = await session.connect('READ_ONLY');
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    } finally {
      connection.closeSync();
      await session.close();
    }
  }
}
