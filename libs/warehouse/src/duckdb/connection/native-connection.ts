import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { loadDuckDb } from '../file/load-duckdb.js';
import type { RowAppender, SqlConnection, SqlValue } from './sql-connection.js';

/** A connection within this process. */
export class NativeConnection implements SqlConnection {
  constructor(private readonly connection: DuckDBConnection) {}

  async run(sql: string, binds: readonly SqlValue[] = []): Promise<number> {
    return (await this.connection.run(sql, [...binds])).rowsChanged;
  }

  async rows<Row extends object>(sql: string, binds: readonly SqlValue[] = []): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql, [...binds]);
    return reader.getRowObjectsJson() as Row[];
  }

  /** The appender is several times as fast as binds, and involves no SQL that data could be injected into. */
  async append(table: string, fill: (appender: RowAppender) => void): Promise<void> {
    const appender = await NativeAppender.open(this.connection, table);
    fill(appender);
    appender.close();
  }
}

export class NativeAppender implements RowAppender {
  private constructor(
    private readonly appender: DuckDBAppender,
    private readonly toTime: (ms: number) => Parameters<DuckDBAppender['appendTimestampTZ']>[0],
  ) {}

  static async open(connection: DuckDBConnection, table: string): Promise<NativeAppender> {
    const { DuckDBTimestampTZValue } = await loadDuckDb();
    const toTime = (ms: number) => new DuckDBTimestampTZValue(BigInt(ms) * 1000n);
    return new NativeAppender(await connection.createAppender(table, 'main', 'temp'), toTime);
  }

  appendInteger(value: number): void {
    this.appender.appendInteger(value);
  }

  appendBigInt(value: bigint): void {
    this.appender.appendBigInt(value);
  }

  appendVarchar(value: string): void {
    this.appender.appendVarchar(value);
  }

  appendTime(ms: number): void {
    this.appender.appendTimestampTZ(this.toTime(ms));
  }

  appendNull(): void {
    this.appender.appendNull();
  }

  endRow(): void {
    this.appender.endRow();
  }

  close(): void {
    this.appender.closeSync();
  }
}
