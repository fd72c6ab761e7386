import { DuckDbWarehouse } from '../contract/duckdb-warehouse.js';
import { describeEventRepositoryContract } from '../contract/event-repository.contract.js';

describeEventRepositoryContract('DuckDB', {
  start: () => DuckDbWarehouse.start(),
  contentKept: 'text',
  refusedContent: '{"event_type":"ORDER_CREATED","note":"\\ud800"}',
});
