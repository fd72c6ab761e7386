import type { Coordinates } from '#pipeline';
import { DUCKDB } from '../../ledger/dialects.js';
import { toLedgerEntry, type LedgerEntry } from '../../ledger/ledger-entry.js';
import * as queries from '../../ledger/ledger-queries.js';
import type { LedgerReader, TopicLedger } from '../../ledger/ledger.js';
import { readLedger, toCoordinatesByRedriveId, toFirstRows } from '../../ledger/read-ledger.js';
import { DuckDbFileConnection } from '../file/duckdb-file-connection.js';

export class DuckDbLedger extends DuckDbFileConnection implements LedgerReader {
  async read(group: string, topic: string): Promise<TopicLedger> {
    return this.ask((connection) =>
      readLedger((sql, binds) => connection.rows(sql, binds), DUCKDB, group, topic),
    );
  }

  async *entries(topic: string, partition: number, from: number, to: number): AsyncGenerator<LedgerEntry> {
    const sql = queries.entries(DUCKDB, partition, from, to);
    for await (const row of this.stream(sql, [topic, topic])) yield toLedgerEntry(row, 'sha256');
  }

  async storedAs(redriveIds: readonly string[]): Promise<Map<string, Coordinates>> {
    const sql = queries.storedAs(redriveIds.length, DUCKDB);
    return this.ask(async (connection) => toCoordinatesByRedriveId(await connection.rows(sql, redriveIds)));
  }

  async firstRows(topic: string): Promise<Map<number, number>> {
    const sql = queries.firstRows(DUCKDB);
    return this.ask(async (connection) => toFirstRows(await connection.rows(sql, [topic])));
  }

  async deletedLetters(topic: string, partition: number): Promise<number[]> {
    const sql = queries.deletedLetters(DUCKDB, partition);
    const rows = await this.ask((connection) => connection.rows<{ O: string }>(sql, [topic, topic]));
    return rows.map(({ O }) => Number(O));
  }
}
