import type { KafkaSettings, SnowflakeSettings } from '#settings';
import type { WarehouseEngine } from '../warehouse-engine.js';
import { SnowflakeCheckpointStore } from './checkpoints/snowflake-checkpoint-store.js';
import { SnowflakeDeadLetterStore } from './dead-letters/snowflake-dead-letter-store.js';
import { SnowflakeLedger } from './ledger/snowflake-ledger.js';
import { SnowflakeSqlReader } from './queries/snowflake-sql-reader.js';
import { SnowflakeRowRestorer } from './restoring/snowflake-row-restorer.js';
import { snowflakeOptions } from './session/options-from-settings.js';
import { SnowflakeRepository } from './writing/snowflake-repository.js';

export function snowflakeEngine(settings: SnowflakeSettings, { groupId }: KafkaSettings): WarehouseEngine {
  const options = snowflakeOptions(settings, groupId);
  return {
    repository: new SnowflakeRepository(options),
    deadLetters: new SnowflakeDeadLetterStore(options),
    checkpoints: new SnowflakeCheckpointStore(options),
    ledger: new SnowflakeLedger(options),
    restorer: new SnowflakeRowRestorer(options),
    sql: new SnowflakeSqlReader(options),
  };
}
