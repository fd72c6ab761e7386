import type { Coordinates } from '#pipeline';
import type { DuckDbSettings, SnowflakeSettings } from '#settings';
import { listCheckpointTables } from '../snowflake/checkpoints/checkpoint-tables.js';
import { sessionOptions } from '../snowflake/session/options-from-settings.js';
import { DuckDbFileConnection, SnowflakeConnection } from './connections.js';
import { DUCKDB, SNOWFLAKE } from './dialects.js';
import { toLedgerEntry, type LedgerEntry } from './ledger-entry.js';
import * as queries from './ledger-queries.js';
import type { LedgerReader, TopicLedger } from './ledger.js';
import { readLedger, toCoordinatesByRedriveId } from './read-ledger.js';

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

export class SnowflakeLedger extends SnowflakeConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<TopicLedger> {
    return this.ask(async (session) => {
      const tables = await listCheckpointTables(session);
      return readLedger((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, tables);
    });
  }

  async *entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry> {
    const sql = queries.entries(SNOWFLAKE, partition, from, to);
    for await (const row of this.stream(sql, [topic, topic])) yield toLedgerEntry(row, 'json');
  }

  async storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>> {
    const sql = queries.storedAs(redriveIds.length, SNOWFLAKE);
    return toCoordinatesByRedriveId(await this.ask((session) => session.query(sql, [...redriveIds])));
  }
}

export class DuckDbLedger extends DuckDbFileConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<TopicLedger> {
    return this.ask((connection) =>
      readLedger(
        async (sql, binds) => (await connection.runAndReadAll(sql, binds)).getRowObjectsJson(),
        DUCKDB,
        group,
        topic,
      ),
    );
  }

  async *entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry> {
    const sql = queries.entries(DUCKDB, partition, from, to);
    for await (const row of this.stream(sql, [topic, topic])) yield toLedgerEntry(row, 'sha256');
  }

  async storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>> {
    const sql = queries.storedAs(redriveIds.length, DUCKDB);
    return this.ask(async (connection) =>
      toCoordinatesByRedriveId((await connection.runAndReadAll(sql, [...redriveIds])).getRowObjectsJson()),
    );
  }
}
