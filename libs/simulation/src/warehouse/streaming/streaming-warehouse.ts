import {
  partitionName,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type WriteResult,
} from '#pipeline';
import { Secret } from '#settings';
import { Authorization, Journal, Streaming, StreamingRequests } from '#snowflake-endpoint';
import { applySchema, INGESTION_LEDGER, StreamingRepository, type StreamingOptions } from '#warehouse';
import { Random } from '../../time/random.js';
import type { Acknowledgements } from '../acknowledgements.js';
import type { WarehouseUser } from '../simulated-warehouse.js';
import { OPTIONS, SnowflakeWarehouse, toCheckpoint } from '../snowflake/snowflake-warehouse.js';
import { streamTo, type StreamedAnswer, type StreamedRequest } from './simulated-fetch.js';

const COMMIT_DELAYS_MS = [20, 1_000, 8_000];

/** A Snowflake account that is written to through Snowpipe Streaming, by the product's own adapter. */
export class StreamingWarehouse extends SnowflakeWarehouse {
  readonly streaming: Streaming;
  readonly #authorization = new Authorization(null);
  readonly #streamed: StreamingRequests;
  readonly #options: StreamingOptions;

  constructor(seed: number, sessionTimeoutMs: number) {
    super();
    const random = new Random(seed * 6_271 + 5);
    this.streaming = new Streaming(this.account, {
      commitDelayMs: random.pick(COMMIT_DELAYS_MS),
      repeatedAppends: random.pick(['refuse', 'accept'] as const),
    });
    this.#streamed = new StreamingRequests(this.streaming, this.#authorization, new Journal(), {
      account: OPTIONS.account,
      hostname: () => 'simulated.snowflakecomputing.com',
      form: 'json',
    });
    this.#options = {
      ...OPTIONS,
      login: { kind: 'programmatic_access_token', user: 'INGESTER', token: new Secret('simulated') },
      fencePauseMs: sessionTimeoutMs,
    };
    streamTo(this);
  }

  override async begin(): Promise<void> {
    await applySchema(OPTIONS, { ...OPTIONS, checkpointTables: 1, streaming: true });
  }

  override repository(process: WarehouseUser, preparesAhead: boolean): EventRepository {
    const Repository = preparesAhead ? PodRepository : UnpreparedRepository;
    return new Repository(this.#options, this.acknowledgements, process.name);
  }

  /** The account's response to a request. */
  async stream({ method, url, headers, bytes }: StreamedRequest): Promise<StreamedAnswer> {
    const action = this.#streamed.action({ method, url, headers, bytes });
    if (action === null) throw new Error(`Snowpipe Streaming has no path ${method} ${url.pathname}`);
    const { status, headers: given = {}, body, text } = await action.execute(0);
    return { status, headers: given, text: text ?? JSON.stringify(body) };
  }

  expireTokens(): void {
    this.#authorization.expireTokens();
  }

  /** Those of the ledger: its newest row of each partition. */
  override get checkpoints(): ReadonlyMap<string, Checkpoint> {
    const newest = new Map<string, { sequence: number; checkpoint: Checkpoint }>();
    for (const cell of this.rowsOf(INGESTION_LEDGER.name)) {
      const checkpoint = toCheckpoint(cell);
      const name = partitionName(checkpoint);
      const sequence = Number(cell('SEQUENCE'));
      if (sequence > (newest.get(name)?.sequence ?? 0)) newest.set(name, { sequence, checkpoint });
    }
    return new Map([...newest].map(([name, { checkpoint }]) => [name, checkpoint]));
  }
}

/** The product's adapter, with its results recorded and checked. */
class PodRepository extends StreamingRepository {
  constructor(
    options: StreamingOptions,
    private readonly acknowledgements: Acknowledgements,
    private readonly process: string,
  ) {
    super(options);
  }

  override async write(batch: Batch): Promise<WriteResult> {
    const result = await super.write(batch);
    this.acknowledgements.observe(batch, result, this.process);
    return result;
  }
}

/** Appends no batch ahead. */
class UnpreparedRepository extends PodRepository {
  override prepare(): void {
    // Does nothing: every batch begins when it is written.
  }
}
