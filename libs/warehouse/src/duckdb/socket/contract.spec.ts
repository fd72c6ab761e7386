import {
  describeCheckpointStoreContract,
  describeDeadLetterStoreContract,
  describeEventRepositoryContract,
  describeRedriving,
  describeRestoring,
  DuckDbWarehouse,
  type ContractEngine,
} from '#testing/warehouse-contract';

const ENGINE: ContractEngine<DuckDbWarehouse> = {
  start: () => DuckDbWarehouse.startServed(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB through the socket of a service', ENGINE);
describeRedriving(ENGINE);
describeRestoring(ENGINE);
describeCheckpointStoreContract('DuckDB through the socket of a service', ENGINE);
describeDeadLetterStoreContract('DuckDB through the socket of a service', ENGINE);
