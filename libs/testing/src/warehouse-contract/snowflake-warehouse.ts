import type { Batch, EventRepository, WriteResult } from '#pipeline';
import { Secret } from '#settings';
import {
  applySchema,
  type CheckpointStore,
  checkpointTables,
  HYBRID_TABLE,
  INGESTION_CHECKPOINTS,
  type SnowflakeRow,
  SnowflakeSession,
  SnowflakeCheckpointStore,
  SnowflakeDeadLetterStore,
  type SnowflakeOptions,
  SnowflakeRepository,
  SnowflakeRowRestorer,
  type Table,
} from '#warehouse';
import type { ContractWarehouse, WarehouseRow } from './fixture.js';

type GivenOptions = {
  accessUrl: string;
  checkpointTables?: number;
  checkpoints?: 'standard' | 'hybrid' | undefined;
  streaming?: boolean;
} & Partial<SnowflakeOptions>;

/** A warehouse on an endpoint with Snowflake's protocol, with the tables in a database of their own. */
export class SnowflakeWarehouse implements ContractWarehouse {
  /** Whether each batch is begun ahead, as the pipeline does with a full batch that waits. */
  isPreparing = false;

  protected constructor(
    readonly options: SnowflakeOptions,
    private readonly closeEndpoint: () => Promise<void>,
    private readonly checkpointTables: readonly Table[],
  ) {}

  /** @param closeEndpoint called after the test */
  static async start(
    { checkpointTables: count = 1, checkpoints, streaming = false, ...given }: GivenOptions,
    closeEndpoint: () => Promise<void> = async () => undefined,
  ): Promise<SnowflakeWarehouse> {
    const options: SnowflakeOptions = {
      account: 'testaccount',
      login: { kind: 'password', user: 'INGESTER', password: new Secret('secret') },
      warehouse: 'INGEST_WH',
      database: 'CAVES_ALBERT',
      schema: 'RAW_DATA',
      queryTag: 'contract',
      lockTimeoutSeconds: 10,
      statementTimeoutSeconds: 20,
      requestTimeoutMs: 30_000,
      maxBindBytes: 1024 * 1024,
      consumerGroup: 'ingestion',
      ...given,
    };
    await applySchema(options, { ...options, checkpoints, checkpointTables: count, streaming });
    const tables =
      checkpoints === 'hybrid' ? [{ ...INGESTION_CHECKPOINTS, name: HYBRID_TABLE }] : checkpointTables(count);
    return new SnowflakeWarehouse(options, closeEndpoint, tables);
  }

  repository(consumerGroup: string, over: Partial<SnowflakeOptions> = {}): EventRepository {
    const Repository = this.isPreparing ? PreparingRepository : SnowflakeRepository;
    return new Repository({ ...this.options, consumerGroup, ...over });
  }

  restorer(readsSettleMs = 0): SnowflakeRowRestorer {
    return new SnowflakeRowRestorer(this.options, readsSettleMs);
  }

  deadLetters(): SnowflakeDeadLetterStore {
    return new SnowflakeDeadLetterStore(this.options);
  }

  checkpoints(): CheckpointStore {
    return new SnowflakeCheckpointStore(this.options);
  }

  /** Treats all checkpoint tables as one. */
  async rows(table: Table): Promise<WarehouseRow[]> {
    if (table.name !== INGESTION_CHECKPOINTS.name) return this.#rowsOf(table, '');
    // The lock of a table is a row without a group.
    const where = ` WHERE CONSUMER_GROUP <> ''`;
    return (await Promise.all(this.checkpointTables.map((each) => this.#rowsOf(each, where)))).flat();
  }

  async execute(sql: string): Promise<void> {
    await this.#inSession(async (session) => {
      await session.execute(sql);
      await session.execute('COMMIT');
    });
  }

  async query(sql: string): Promise<SnowflakeRow[]> {
    return this.#inSession((session) => session.query(sql));
  }

  async doubleCheckpoints(): Promise<void> {
    const [first] = this.checkpointTables;
    const doubles = this.checkpointTables.map(
      ({ name }) => `SELECT * FROM ${name} WHERE CONSUMER_GROUP <> ''`,
    );
    await this.execute(`INSERT INTO ${first?.name ?? ''} ${doubles.join(' UNION ALL ')}`);
  }

  async close(): Promise<void> {
    await this.closeEndpoint();
  }

  async #rowsOf(table: Table, where: string): Promise<WarehouseRow[]> {
    const names = table.columns.map(({ name }) => `"${name}"`).join(', ');
    const rows = await this.query(`SELECT ${names} FROM ${table.name}${where}`);
    return rows.map((row) =>
      Object.fromEntries(table.columns.map(({ name, kind }) => [name, comparable(row[name], kind)])),
    );
  }

  async #inSession<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    const session = await SnowflakeSession.open(this.options);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  }
}

class PreparingRepository extends SnowflakeRepository {
  override async write(batch: Batch): Promise<WriteResult> {
    this.prepare(batch);
    return super.write(batch);
  }
}

function comparable(value: unknown, kind: Table['columns'][number]['kind']): string | number | null {
  if (value === null || value === undefined) return null;
  if (kind === 'json' || kind === 'object') return JSON.stringify(value);
  if (kind === 'timestamp') return (value as Date).getTime();
  return value as string | number;
}
