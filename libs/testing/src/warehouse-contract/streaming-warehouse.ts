import { SnowflakeEndpoint, type SnowflakeEndpointOptions } from '#snowflake-endpoint';
import { Secret } from '#settings';
import {
  INGESTION_CHECKPOINTS,
  StreamingCheckpointStore,
  StreamingRepository,
  STREAMING_CHECKPOINTS,
  type StreamingOptions,
  type Table,
} from '#warehouse';
import type { EventRepository } from '#pipeline';
import type { ContractEngine, WarehouseRow } from './fixture.js';
import { SnowflakeWarehouse } from './snowflake-warehouse.js';

const REFUSED = '{"event_type":"ORDER_CREATED","note":"not for Snowflake"}';

/** A warehouse that Snowpipe Streaming writes to, on an endpoint that also speaks SQL. */
export class StreamingWarehouse extends SnowflakeWarehouse {
  private constructor(
    warehouse: SnowflakeWarehouse,
    readonly endpoint: SnowflakeEndpoint,
  ) {
    super(warehouse.options, () => endpoint.close(), []);
  }

  static async startStreaming(over: Partial<SnowflakeEndpointOptions> = {}): Promise<StreamingWarehouse> {
    const endpoint = await SnowflakeEndpoint.start({
      unparseable: (text) => text === REFUSED,
      commitDelayMs: 5,
      ...over,
    });
    // Tests write faster than the limit of a channel allows.
    endpoint.streaming.limits.requestsPerSecond = Infinity;
    const warehouse = await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      login: { kind: 'programmatic_access_token', user: 'INGESTER', token: new Secret('token') },
      streaming: true,
    });
    return new StreamingWarehouse(warehouse, endpoint);
  }

  get streamingOptions(): StreamingOptions {
    return { ...this.options, fencePauseMs: 0 };
  }

  override repository(consumerGroup: string, over: Partial<StreamingOptions> = {}): EventRepository {
    return new StreamingRepository({ ...this.streamingOptions, consumerGroup, ...over });
  }

  /** The repository of the other engine on the same tables. */
  sqlRepository(consumerGroup: string): EventRepository {
    return super.repository(consumerGroup);
  }

  override checkpoints(): StreamingCheckpointStore {
    return new StreamingCheckpointStore(this.streamingOptions);
  }

  override async rows(table: Table): Promise<WarehouseRow[]> {
    return super.rows(
      table.name === INGESTION_CHECKPOINTS.name ? { ...table, name: STREAMING_CHECKPOINTS } : table,
    );
  }

  override async close(): Promise<void> {
    expect(this.endpoint.journal.unknown).toEqual([]);
    expect(this.endpoint.openTransactions).toEqual([]);
    await super.close();
  }
}

export function streamingEngine(): ContractEngine<StreamingWarehouse> {
  return {
    start: () => StreamingWarehouse.startStreaming(),
    contentKept: 'value',
    writesInParts: true,
    refusedContent: REFUSED,
  };
}
