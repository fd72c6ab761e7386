import { SnowflakeEndpoint, type SnowflakeEndpointOptions } from '#snowflake-endpoint';
import type { ContractEngine } from './fixture.js';
import { SnowflakeWarehouse } from './snowflake-warehouse.js';

const REFUSED = '{"event_type":"ORDER_CREATED","note":"not for Snowflake"}';

export interface SnowflakeEngineOptions {
  endpoint?: Partial<SnowflakeEndpointOptions>;
  /** Whether each batch is begun ahead, as the pipeline does with a full batch that waits. */
  isPreparing?: boolean;
  checkpointTables?: number;
  checkpoints?: 'standard' | 'hybrid';
}

/** The Snowflake adapter with its own endpoint for each test, which must end without open transactions. */
export function snowflakeEngine({
  endpoint: options = {},
  isPreparing = false,
  checkpointTables = 1,
  checkpoints,
}: SnowflakeEngineOptions = {}): ContractEngine<SnowflakeWarehouse> {
  return {
    start: async () => {
      const endpoint = await SnowflakeEndpoint.start({
        unparseable: (text) => text === REFUSED,
        ...options,
      });
      const warehouse = await SnowflakeWarehouse.start(
        { accessUrl: endpoint.url, checkpointTables, checkpoints },
        async () => {
          expect(endpoint.journal.unknown).toEqual([]);
          expect(endpoint.openTransactions).toEqual([]);
          await endpoint.close();
        },
      );
      warehouse.isPreparing = isPreparing;
      return warehouse;
    },
    keepsOneCheckpoint: checkpoints === 'hybrid',
    contentKept: 'value',
    refusedContent: REFUSED,
  };
}
