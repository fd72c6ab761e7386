export type {
  Batch,
  Checkpoint,
  EventRepository,
  PartitionRange,
  PartitionStart,
  RejectedRow,
  WriteResult,
} from '#pipeline';
export { deadLetterStore } from './dead-letters/dead-letter-stores.js';
export * from './dead-letters/dead-letter-store.js';
export type { CheckpointMove, CheckpointStore, DatedCheckpoint } from './ledger/checkpoint-store.js';
export { checkpointStore } from './ledger/checkpoint-stores.js';
export { columnText } from './rows/text.js';
export { MOST_NAMED } from './ledger/ledger.js';
export type { LedgerReader, Named, OffsetRange, PartitionLedger, TopicLedger } from './ledger/ledger.js';
export type { LedgerEntry } from './ledger/ledger-entry.js';
export { differences, type Difference } from './ledger/entry-differences.js';
export { ledgerReader } from './ledger/ledger-readers.js';
export * from './tables.js';
export { DuckDbRepository, type DuckDbOptions } from './duckdb/writing/duckdb-repository.js';
export { MOST_CHECKPOINT_TABLES } from './snowflake/checkpoints/checkpoint-tables.js';
export type { SchemaStep, ViewDefinition } from './snowflake/schema/schema.js';
export { snowflakeSchema, type SnowflakeSchema } from './snowflake/schema/schema-from-settings.js';
export { EMULATORS, type Emulator } from './snowflake/verify/claim.js';
export { SnowflakeVerification, type ClaimOutcome } from './snowflake/verify/verification.js';
export { EVENT_REPOSITORY, eventRepository, WarehouseModule } from './warehouse.module.js';
