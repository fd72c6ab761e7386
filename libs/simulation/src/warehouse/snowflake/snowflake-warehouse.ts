import {
  partitionName,
  type Batch,
  type Checkpoint,
  type Coordinates,
  type EventRepository,
  type WriteResult,
} from '#pipeline';
import { Secret } from '#settings';
import { DEFAULT_OPTIONS, Journal, Requests, Warehouse } from '#snowflake-endpoint';
import { applySchema, type SnowflakeOptions, SnowflakeRepository } from '#warehouse';
import { theWorld } from '../../time/world.js';
import { Acknowledgements } from '../acknowledgements.js';
import { FAIR, type Conditions } from '../conditions.js';
import { place, POISON, type SimulatedWarehouse, type WarehouseUser } from '../simulated-warehouse.js';
import { connectTo } from './simulated-driver.js';

export const OPTIONS: SnowflakeOptions = {
  account: 'simulated',
  login: { kind: 'password', user: 'INGESTER', password: new Secret('simulated') },
  warehouse: 'INGEST_WH',
  database: 'CAVES_ALBERT',
  schema: 'RAW_DATA',
  queryTag: 'simulated',
  lockTimeoutSeconds: 10,
  statementTimeoutSeconds: 20,
  requestTimeoutMs: 30_000,
  maxBindBytes: 1024 * 1024,
  consumerGroup: 'ingesters',
};

/** A row, as a function from column to value. */
export type Cell = (column: string) => unknown;

/** A row of INGESTION_CHECKPOINTS, or of a table with its columns. */
export function toCheckpoint(cell: Cell): Checkpoint {
  return {
    topic: String(cell('TOPIC')),
    partition: Number(cell('PARTITION')),
    firstOffset: Number(cell('FIRST_OFFSET')),
    nextOffset: Number(cell('NEXT_OFFSET')),
    stored: Number(cell('STORED')),
    deadLettered: Number(cell('DEAD_LETTERED')),
    skipped: Number(cell('SKIPPED')),
    gaps: Number(cell('GAPS')),
    lost: Number(cell('LOST')),
    lastTimestampMs: null,
  };
}

/** A Snowflake account: the endpoint of the tests, in this thread, used through the product's own adapter. */
export class SnowflakeWarehouse implements SimulatedWarehouse {
  readonly conditions: Conditions = { ...FAIR };
  readonly acknowledgements = new Acknowledgements();
  readonly lost = null;
  /** Never called: the account does not know the batch of a COMMIT. */
  onCommit: (batch: Batch) => void = () => undefined;
  protected readonly account: Warehouse;
  readonly #requests: Requests;

  constructor() {
    const options = { ...DEFAULT_OPTIONS, unparseable: (text: string) => text.includes(POISON) };
    const { unparseable, maxVariantBytes } = options;
    this.account = new Warehouse({ ...options, json: { unparseable, maxVariantBytes, trusting: false } });
    this.#requests = new Requests(this.account, null, new Journal(), options);
    connectTo(this);
  }

  get commits(): number {
    return this.acknowledgements.count;
  }

  async begin(): Promise<void> {
    await applySchema(OPTIONS, { ...OPTIONS, checkpointTables: 1 });
  }

  repository(process: WarehouseUser, preparesAhead: boolean): EventRepository {
    const Repository = preparesAhead ? PodRepository : UnpreparedRepository;
    return new Repository(this.acknowledgements, process.name);
  }

  /** The account's response to a request. */
  async execute(path: string, token: string, body: object): Promise<object> {
    const url = new URL(path, 'http://simulated');
    const action = this.#requests.action({ method: 'POST', url, token, body });
    if (action === null) throw new Error(`Snowflake has no path ${path}`);
    return (await action.execute(0)).body;
  }

  get checkpoints(): ReadonlyMap<string, Checkpoint> {
    const own = this.rowsOf('INGESTION_CHECKPOINTS').filter((cell) => cell('CONSUMER_GROUP') !== '');
    return new Map(own.map(toCheckpoint).map((checkpoint) => [partitionName(checkpoint), checkpoint]));
  }

  get rows(): ReadonlyMap<string, Coordinates> {
    return this.#placed('RAW_EVENTS_STREAM');
  }

  get letters(): ReadonlyMap<string, Coordinates> {
    return this.#placed('SALES_EVENTS_DLQ');
  }

  /** Rows by their message. A message with two rows breaks a promise. */
  #placed(table: string): Map<string, Coordinates> {
    const placed = new Map<string, Coordinates>();
    for (const cell of this.rowsOf(table)) {
      const message = cell('EVENT_METADATA') as Coordinates;
      if (placed.has(place(message))) theWorld().fail(`${place(message)} is in ${table} twice`);
      placed.set(place(message), message);
    }
    return placed;
  }

  /** Committed rows. */
  protected rowsOf(name: string): Cell[] {
    const table = this.account.catalog.tables.get(name);
    if (table === undefined) return [];
    const indexes = new Map(table.columns.map((column, index) => [column.name, index]));
    return table.rows.map((row) => (column) => {
      const value: unknown = row[indexes.get(column) ?? -1];
      const isWrapped = typeof value === 'object' && value !== null && 'value' in value;
      return isWrapped ? value.value : value;
    });
  }
}

/** The product's adapter, with its results recorded and checked. */
class PodRepository extends SnowflakeRepository {
  constructor(
    private readonly acknowledgements: Acknowledgements,
    private readonly process: string,
  ) {
    super(OPTIONS);
  }

  override async write(batch: Batch): Promise<WriteResult> {
    const result = await super.write(batch);
    this.acknowledgements.observe(batch, result, this.process);
    return result;
  }
}

/** Begins no batch ahead. */
class UnpreparedRepository extends PodRepository {
  override prepare(): void {
    // Does nothing: every batch begins when it is written.
  }
}
