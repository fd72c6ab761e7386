export type {
  Batch,
  Checkpoint,
  EventRepository,
  PartitionRange,
  PartitionStart,
  RejectedRow,
  WriteResult,
} from '#pipeline';
export * from './dead-letters/dead-letter-store.js';
export { DuckDbDeadLetterStore } from './duckdb/dead-letters/duckdb-dead-letter-store.js';
export { DuckDbSession, type DuckDbDatabase } from './duckdb/file/duckdb-session.js';
export { DuckDbCheckpointStore } from './duckdb/ledger/duckdb-checkpoint-store.js';
export { duckDbViews } from './duckdb/views/duckdb-views.js';
export { DuckDbRowRestorer, type DuckDbRestorerOptions } from './duckdb/restoring/duckdb-row-restorer.js';
export { DuckDbRepository, type DuckDbOptions } from './duckdb/writing/duckdb-repository.js';
export { warehouseEngine } from './engine.js';
export type { CheckpointMove, CheckpointStore, DatedCheckpoint } from './ledger/checkpoint-store.js';
export { differences, type Difference } from './ledger/entry-differences.js';
export type { LedgerEntry } from './ledger/ledger-entry.js';
export { MOST_NAMED } from './ledger/ledger.js';
export type { LedgerReader, Named, OffsetRange, PartitionLedger, TopicLedger } from './ledger/ledger.js';
export {
  QueryError,
  type QueryColumn,
  type QueryResult,
  type QueryRow,
  type SqlReader,
} from './queries/sql-reader.js';
export type { Statement } from './queries/statements.js';
export { eventMetadata } from './rows/event-row.js';
export type { RestoreResult, RowRestorer } from './restoring/row-restorer.js';
export { columnText, encodeBytes } from './rows/text.js';
export {
  checkpointTables,
  HYBRID_TABLE,
  MOST_CHECKPOINT_TABLES,
} from './snowflake/checkpoints/checkpoint-tables.js';
export { SnowflakeCheckpointStore } from './snowflake/checkpoints/snowflake-checkpoint-store.js';
export { SnowflakeDeadLetterStore } from './snowflake/dead-letters/snowflake-dead-letter-store.js';
export { SnowflakeRowRestorer } from './snowflake/restoring/snowflake-row-restorer.js';
export { snowflakeSchema } from './snowflake/schema/schema-from-settings.js';
export { CLOUD_LIBRARIES } from './snowflake/snowflake-sdk-3.3.0/deferred-clouds.js';
export { applySchema } from './snowflake/schema/apply-schema.js';
export { planSchema } from './snowflake/schema/schema.js';
export type { SchemaStep } from './snowflake/schema/table-steps.js';
export { sessionOptions } from './snowflake/session/options-from-settings.js';
export type { SnowflakeOptions } from './snowflake/session/session-options.js';
export { SnowflakeSession, type SnowflakeRow } from './snowflake/session/snowflake-session.js';
export { EMULATORS, type Emulator } from './snowflake/verify/claim.js';
export { CLAIM_GROUPS, STREAMING_CLAIM_GROUPS } from './snowflake/verify/claims.js';
export { SnowflakeVerification, type ClaimOutcome } from './snowflake/verify/verification.js';
export { SnowflakeRepository } from './snowflake/writing/snowflake-repository.js';
export { StreamingCheckpointStore } from './streaming/ledger/streaming-checkpoint-store.js';
export { StreamingClient, type Append } from './streaming/rest/streaming-client.js';
export { INGESTION_LEDGER, STREAMING_CHECKPOINTS } from './streaming/schema/ledger-table.js';
export type { StreamingOptions } from './streaming/streaming-options.js';
export { StreamingRepository } from './streaming/writing/streaming-repository.js';
export * from './tables.js';
export type { WarehouseEngine } from './warehouse-engine.js';
export { type SchemaStatement, type ViewDefinition, type WarehouseSchema } from './warehouse-schema.js';
export { WarehouseModule } from './warehouse.module.js';
