import { describeCheckpointStoreContract } from '../contract/checkpoint-store.contract.js';
import { DuckDbWarehouse } from '../contract/duckdb-warehouse.js';
import { describeEventRepositoryContract } from '../contract/event-repository.contract.js';
import type { ContractEngine } from '../contract/fixture.js';
import { describeRedriving } from '../contract/redriving.contract.js';

const ENGINE: ContractEngine<DuckDbWarehouse> = {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB', ENGINE);
describeRedriving(ENGINE);
describeCheckpointStoreContract('DuckDB', ENGINE);
