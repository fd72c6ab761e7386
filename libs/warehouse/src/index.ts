export type {
  Batch,
  Checkpoint,
  EventRepository,
  PartitionRange,
  PartitionStart,
  RejectedRow,
  WriteResult,
} from '#pipeline';
export * from './tables.js';
export { EVENT_REPOSITORY, WarehouseModule } from './warehouse.module.js';
export { DuckDbRepository } from './duckdb/duckdb-repository.js';
