import type { DuckDbSettings, SnowflakeSettings } from '#settings';
import { DuckDbDeadLetterStore } from '../duckdb/dead-letters/duckdb-dead-letter-store.js';
import { sessionOptions } from '../snowflake/session/options-from-settings.js';
import { SnowflakeDeadLetterStore } from '../snowflake/dead-letters/snowflake-dead-letter-store.js';
import type { DeadLetterStore } from './dead-letter-store.js';

/** The dead letters of the warehouse that the settings choose, not opened yet. The engine not chosen is null. */
export function deadLetterStore({
  duckDb,
  snowflake,
}: {
  duckDb: DuckDbSettings | null;
  snowflake: SnowflakeSettings | null;
}): DeadLetterStore {
  if (snowflake !== null) return new SnowflakeDeadLetterStore(sessionOptions(snowflake));
  if (duckDb === null) throw new Error('the settings hold no warehouse');
  return new DuckDbDeadLetterStore({ path: duckDb.path });
}
