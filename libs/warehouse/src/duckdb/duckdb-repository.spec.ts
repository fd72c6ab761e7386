import { DuckDbWarehouse } from '../contract/duckdb-warehouse.js';
import { describeEventRepositoryContract } from '../contract/event-repository.contract.js';
import type { ContractEngine } from '../contract/fixture.js';
import { describeRedriving } from '../contract/redriving.contract.js';

const ENGINE: ContractEngine = {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
};

describeEventRepositoryContract('DuckDB', ENGINE);
describeRedriving(ENGINE);
