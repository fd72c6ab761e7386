import { access } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { notOpen } from '../checkpoint-faults.js';
import { noFile, toFault as duckDbFault } from '../duckdb/file/duckdb-fault.js';
import { loadDuckDb } from '../duckdb/file/load-duckdb.js';
import { toFault as snowflakeFault } from '../snowflake/session/faults.js';
import type { SessionOptions } from '../snowflake/session/session-options.js';
import { SnowflakeSession, type SnowflakeRow } from '../snowflake/session/snowflake-session.js';

/** A session for an operator's command. */
export class SnowflakeConnection {
  #session: SnowflakeSession | null = null;

  constructor(private readonly options: SessionOptions) {}

  async open(): Promise<Fault[]> {
    try {
      this.#session = await SnowflakeSession.open(this.options);
      return [];
    } catch (error) {
      return [snowflakeFault(error)];
    }
  }

  /** @throws FaultError */
  protected async ask<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    if (this.#session === null) throw notOpen();
    try {
      return await work(this.#session);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(snowflakeFault(error));
    }
  }

  /** The rows of a query as they come. One that does not come in time is given up. */
  protected async *stream(sql: string, binds: string[]): AsyncGenerator<SnowflakeRow> {
    if (this.#session === null) throw notOpen();
    try {
      yield* this.#session.stream(sql, binds);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(snowflakeFault(error));
    }
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }
}

/** A DuckDB file for an operator's command. A service that has it open keeps it to itself. */
export class DuckDbFileConnection {
  #instance: DuckDBInstance | null = null;
  #connection: DuckDBConnection | null = null;

  constructor(
    private readonly path: string,
    private readonly accessMode: 'READ_ONLY' | 'READ_WRITE',
  ) {}

  async open(): Promise<Fault[]> {
    try {
      await access(this.path);
    } catch {
      return [noFile(this.path)];
    }
    try {
      const { DuckDBInstance } = await loadDuckDb();
      this.#instance = await DuckDBInstance.create(this.path, { access_mode: this.accessMode });
      this.#connection = await this.#instance.connect();
      return [];
    } catch (error) {
      return [duckDbFault(error, this.path)];
    }
  }

  /** @throws FaultError */
  protected async ask<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.#connection === null) throw notOpen();
    try {
      return await work(this.#connection);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(duckDbFault(error, this.path));
    }
  }

  /** The rows of a query as they come, over a connection of their own: others are asked meanwhile. */
  protected async *stream(sql: string, binds: string[]): AsyncGenerator<Record<string, unknown>> {
    if (this.#instance === null) throw notOpen();
    let connection: DuckDBConnection | null = null;
    try {
      connection = await this.#instance.connect();
      for await (const rows of (await connection.stream(sql, binds)).yieldRowObjectJson()) yield* rows;
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(duckDbFault(error, this.path));
    } finally {
      connection?.closeSync();
    }
  }

  async close(): Promise<void> {
    this.#connection?.closeSync();
    this.#instance?.closeSync();
    this.#connection = null;
    this.#instance = null;
  }
}
