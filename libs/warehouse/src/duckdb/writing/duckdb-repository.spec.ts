import {
  type ContractEngine,
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  DuckDbWarehouse,
} from '#testing/warehouse-contract';

const ENGINE: ContractEngine<DuckDbWarehouse> = {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB', ENGINE);
describeRedriving(ENGINE);
describeCheckpointStoreContract('DuckDB', ENGINE);
