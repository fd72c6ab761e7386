import type { DuckDbSettings, SnowflakeSettings } from '#settings';
import { listCheckpointTables } from '../snowflake/checkpoint-tables.js';
import { sessionOptions } from '../snowflake/from-settings.js';
import { DuckDbFileConnection, SnowflakeConnection } from './connections.js';
import { DUCKDB, SNOWFLAKE } from './dialects.js';
import type { LedgerReader, PartitionLedger } from './ledger.js';
import { readLedger } from './ledger-queries.js';

/** The ledger of the warehouse that the settings choose, not opened yet. The engine not chosen is null. */
export function ledgerReader({
  duckDb,
  snowflake,
}: {
  duckDb: DuckDbSettings | null;
  snowflake: SnowflakeSettings | null;
}): LedgerReader {
  if (snowflake !== null) return new SnowflakeLedger(sessionOptions(snowflake));
  if (duckDb === null) throw new Error('the settings hold no warehouse');
  return new DuckDbLedger(duckDb.path, 'READ_ONLY');
}

class SnowflakeLedger extends SnowflakeConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<PartitionLedger[]> {
    return this.ask(async (session) => {
      const tables = await listCheckpointTables(session);
      return readLedger((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, tables);
    });
  }
}

class DuckDbLedger extends DuckDbFileConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<PartitionLedger[]> {
    return this.ask((connection) =>
      readLedger(
        async (sql, binds) => (await connection.runAndReadAll(sql, binds)).getRowObjectsJson(),
        DUCKDB,
        group,
        topic,
      ),
    );
  }
}
