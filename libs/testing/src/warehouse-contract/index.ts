export { batch, GROUP, letter, range, row, stored, TOPIC } from './batches.js';
export { describeCheckpointStoreContract } from './checkpoint-store.contract.js';
export { describeClaiming } from './claiming.contract.js';
export { describeDeadLetterStoreContract } from './dead-letter-store.contract.js';
export { DuckDbWarehouse } from './duckdb-warehouse.js';
export { describeEventRepositoryContract } from './event-repository.contract.js';
export {
  expectStored,
  Fixture,
  parsed,
  type ContractEngine,
  type ContractWarehouse,
  type WarehouseRow,
} from './fixture.js';
export { describeOpening } from './opening.contract.js';
export { describeOwnership } from './ownership.contract.js';
export { describeRedriving } from './redriving.contract.js';
export { describeRestoring } from './restoring.contract.js';
export { snowflakeEngine, type SnowflakeEngineOptions } from './snowflake-engine.js';
export { SnowflakeWarehouse } from './snowflake-warehouse.js';
export { stopClocks } from './stopped-clocks.js';
export { StreamingWarehouse, streamingEngine } from './streaming-warehouse.js';
export { describeWriting } from './writing.contract.js';
