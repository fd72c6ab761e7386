import { SnowflakeEndpoint, type SnowflakeEndpointOptions } from '#snowflake-endpoint';
import {
  type ContractEngine,
  describeCheckpointStoreContract,
  describeClaiming,
  describeEventRepositoryContract,
  describeOpening,
  describeOwnership,
  describeRedriving,
  describeWriting,
  SnowflakeWarehouse,
} from '#testing/warehouse-contract';

const REFUSED = '{"event_type":"ORDER_CREATED","note":"not for Snowflake"}';

function engine(
  options: Partial<SnowflakeEndpointOptions> = {},
  isPreparing = false,
  checkpointTables = 1,
): ContractEngine<SnowflakeWarehouse> {
  return {
    start: async () => {
      const endpoint = await SnowflakeEndpoint.start({
        unparseable: (text) => text === REFUSED,
        ...options,
      });
      const warehouse = await SnowflakeWarehouse.start(
        { accessUrl: endpoint.url, checkpointTables },
        async () => {
          expect(endpoint.journal.unknown).toEqual([]);
          expect(endpoint.openTransactions).toEqual([]);
          await endpoint.close();
        },
      );
      warehouse.isPreparing = isPreparing;
      return warehouse;
    },
    contentKept: 'value',
    refusedContent: REFUSED,
  };
}

describeEventRepositoryContract('Snowflake', engine());
describe('Snowflake', () => {
  describeRedriving(engine());
});
describeCheckpointStoreContract('Snowflake', engine());

// Each variant keeps the parts of the contract that it can change.
describe('Snowflake, each batch begun ahead', () => {
  describeWriting(engine({}, true));
  describeRedriving(engine({}, true));
});

describe('Snowflake, with four tables of checkpoints', () => {
  describeOpening(engine({}, false, 4));
  describeClaiming(engine({}, false, 4));
  describeOwnership(engine({}, false, 4));
  describeRedriving(engine({}, true, 4));
});
describeCheckpointStoreContract('Snowflake, with four tables of checkpoints', engine({}, false, 4));

// Snowflake's documentation leaves it open: see docs/decisions.
describe('Snowflake, if an UPDATE that waited saw the rows as they were when it began', () => {
  describeClaiming(engine({ afterWait: 'statement-start' }));
  describeOwnership(engine({ afterWait: 'statement-start' }));
});
