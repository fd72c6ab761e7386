import { access } from 'node:fs/promises';
import { FaultError, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import type { Access, SqlConnection, SqlValue, WarehouseSession } from '../connection/sql-connection.js';
import { noFile, toFault } from './duckdb-fault.js';
import { DuckDbSession } from './duckdb-session.js';
import { openWarehouse } from './open-warehouse.js';

/** A DuckDB file for operator commands, used through the service that has it open, if there is one. */
export class DuckDbFileConnection {
  #session: WarehouseSession | null = null;

  constructor(
    protected readonly path: string,
    private readonly accessMode: Access,
  ) {}

  async open(): Promise<Fault[]> {
    try {
      await access(this.path);
    } catch {
      return [noFile(this.path)];
    }
    try {
      const { path, accessMode } = this;
      this.#session = await openWarehouse(path, accessMode, () =>
        DuckDbSession.openForCommand(path, accessMode),
      );
      return [];
    } catch (error) {
      return [toFault(error, this.path)];
    }
  }

  /** @throws FaultError */
  protected async ask<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    if (this.#session === null) throw notOpen();
    try {
      return await work(this.#session.connection);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error, this.path));
    }
  }

  /** Streams the rows of a query over a separate connection, so that other queries can run meanwhile. */
  protected async *stream(sql: string, binds: readonly SqlValue[]): AsyncGenerator<Record<string, unknown>> {
    if (this.#session === null) throw notOpen();
    try {
      const { columns, chunks } = await this.#session.stream(sql, binds);
      for await (const rows of chunks) {
        for (const row of rows) yield Object.fromEntries(columns.map((name, index) => [name, row[index]]));
      }
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error, this.path));
    }
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = null;
  }
}
