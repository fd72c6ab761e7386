import {
  type ContractEngine,
  describeCheckpointStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  describeRestoring,
  DuckDbWarehouse,
} from '#testing/warehouse-contract';

const ENGINE: ContractEngine<DuckDbWarehouse> = {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB', ENGINE);
describeRedriving(ENGINE);
describeRestoring(ENGINE);
describeCheckpointStoreContract('DuckDB', ENGINE);
