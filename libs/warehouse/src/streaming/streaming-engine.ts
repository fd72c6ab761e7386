import type { KafkaSettings, SnowflakeSettings } from '#settings';
import type { WarehouseEngine } from '../warehouse-engine.js';
import { SnowflakeDeadLetterStore } from '../snowflake/dead-letters/snowflake-dead-letter-store.js';
import { SnowflakeSqlReader } from '../snowflake/queries/snowflake-sql-reader.js';
import { SnowflakeRowRestorer } from '../snowflake/restoring/snowflake-row-restorer.js';
import { snowflakeOptions } from '../snowflake/session/options-from-settings.js';
import { StreamingCheckpointStore } from './ledger/streaming-checkpoint-store.js';
import { StreamingLedger } from './ledger/streaming-ledger.js';
import { StreamingRepository } from './writing/streaming-repository.js';

/** Snowflake, written through Snowpipe Streaming and read by SQL. */
export function streamingEngine(
  settings: SnowflakeSettings,
  { groupId, sessionTimeoutMs }: KafkaSettings,
): WarehouseEngine {
  const options = { ...snowflakeOptions(settings, groupId), fencePauseMs: sessionTimeoutMs };
  return {
    repository: new StreamingRepository(options),
    deadLetters: new SnowflakeDeadLetterStore(options),
    checkpoints: new StreamingCheckpointStore(options),
    ledger: new StreamingLedger(options),
    restorer: new SnowflakeRowRestorer(options),
    sql: new SnowflakeSqlReader(options),
  };
}
