import { access } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import { noFile, toFault } from './duckdb-fault.js';
import { loadDuckDb } from './load-duckdb.js';

/** A DuckDB file for operator commands. It cannot be opened while a service has it open. */
export class DuckDbFileConnection {
  #instance: DuckDBInstance | null = null;
  #connection: DuckDBConnection | null = null;

  constructor(
    protected readonly path: string,
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
      return [toFault(error, this.path)];
    }
  }

  /** @throws FaultError */
  protected async ask<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    if (this.#connection === null) throw notOpen();
    try {
      return await work(this.#connection);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error, this.path));
    }
  }

  /** Streams the rows of a query over a separate connection, so that other queries can run meanwhile. */
  protected async *stream(sql: string, binds: string[]): AsyncGenerator<Record<string, unknown>> {
    if (this.#instance === null) throw notOpen();
    let connection: DuckDBConnection | null = null;
    try {
      connection = await this.#instance.connect();
      for await (const rows of (await connection.stream(sql, binds)).yieldRowObjectJson()) yield* rows;
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error, this.path));
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
