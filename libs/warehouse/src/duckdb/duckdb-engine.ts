import type { BatchSettings, DuckDbSettings, KafkaSettings } from '#settings';
import type { WarehouseEngine } from '../warehouse-engine.js';
import { DuckDbDeadLetterStore } from './dead-letters/duckdb-dead-letter-store.js';
import { DuckDbCheckpointStore } from './ledger/duckdb-checkpoint-store.js';
import { DuckDbLedger } from './ledger/duckdb-ledger.js';
import { DuckDbSqlReader } from './queries/duckdb-sql-reader.js';
import { DuckDbRowRestorer } from './restoring/duckdb-row-restorer.js';
import { DuckDbRepository, memoryForBatches, type DuckDbRole } from './writing/duckdb-repository.js';

export function duckDbEngine(
  { path }: DuckDbSettings,
  { groupId }: KafkaSettings,
  { maxBytes, eventMaxBytes }: BatchSettings,
  role: DuckDbRole,
): WarehouseEngine {
  const memoryLimitMib = memoryForBatches(maxBytes, eventMaxBytes);
  return {
    repository: new DuckDbRepository({ path, consumerGroup: groupId, memoryLimitMib, role }),
    deadLetters: new DuckDbDeadLetterStore({ path }, role === 'service'),
    checkpoints: new DuckDbCheckpointStore(path, 'READ_WRITE'),
    ledger: new DuckDbLedger(path, 'READ_ONLY'),
    restorer: new DuckDbRowRestorer({ path, memoryLimitMib }),
    sql: new DuckDbSqlReader(path),
  };
}
