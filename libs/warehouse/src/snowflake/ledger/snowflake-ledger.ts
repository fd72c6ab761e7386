import type { Coordinates } from '#pipeline';
import { SNOWFLAKE } from '../../ledger/dialects.js';
import { toLedgerEntry, type LedgerEntry } from '../../ledger/ledger-entry.js';
import * as queries from '../../ledger/ledger-queries.js';
import type { LedgerReader, TopicLedger } from '../../ledger/ledger.js';
import { readLedger, toCoordinatesByRedriveId, toFirstRows } from '../../ledger/read-ledger.js';
import { findForm } from '../checkpoints/find-form.js';
import { SnowflakeConnection } from '../session/snowflake-connection.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';

export class SnowflakeLedger extends SnowflakeConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<TopicLedger> {
    return this.ask(async (session) => {
      const tables = await this.checkpointTables(session);
      return readLedger((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, tables);
    });
  }

  protected async checkpointTables(session: SnowflakeSession): Promise<readonly string[]> {
    return (await findForm(session, this.options)).tables;
  }

  async *entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry> {
    const sql = queries.entries(SNOWFLAKE, partition, from, to);
    for await (const row of this.stream(sql, [topic, topic])) yield toLedgerEntry(row, 'json');
  }

  async storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>> {
    const sql = queries.storedAs(redriveIds.length, SNOWFLAKE);
    return toCoordinatesByRedriveId(await this.ask((session) => session.query(sql, [...redriveIds])));
  }

  async firstRows(topic: string): Promise<Map<number, number>> {
    const sql = queries.firstRows(SNOWFLAKE);
    return toFirstRows(await this.ask((session) => session.query(sql, [topic])));
  }

  async deletedLetters(topic: string, partition: number): Promise<number[]> {
    const sql = queries.deletedLetters(SNOWFLAKE, partition);
    const rows = await this.ask((session) => session.query(sql, [topic, topic]));
    return rows.map((row) => Number(row['O']));
  }
}
