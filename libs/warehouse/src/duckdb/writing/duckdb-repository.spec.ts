import { describeCheckpointStoreContract } from '../../../../testing/src/warehouse-contract/checkpoint-store.contract.js';
import { DuckDbWarehouse } from '../../../../testing/src/warehouse-contract/duckdb-warehouse.js';
import { describeEventRepositoryContract } from '../../../../testing/src/warehouse-contract/event-repository.contract.js';
import type { ContractEngine } from '../../../../testing/src/warehouse-contract/fixture.js';
import { describeRedriving } from '../../../../testing/src/warehouse-contract/redriving.contract.js';

const ENGINE: ContractEngine<DuckDbWarehouse> = {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB', ENGINE);
describeRedriving(ENGINE);
describeCheckpointStoreContract('DuckDB', ENGINE);
