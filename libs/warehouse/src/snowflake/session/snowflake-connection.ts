import { FaultError, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import { toFault } from './faults.js';
import type { SessionOptions } from './session-options.js';
import { SnowflakeSession, type SnowflakeRow } from './snowflake-session.js';

/** A session for operator commands. */
export class SnowflakeConnection {
  #session: SnowflakeSession | null = null;

  constructor(protected readonly options: SessionOptions) {}

  async open(): Promise<Fault[]> {
    try {
      this.#session = await SnowflakeSession.open(this.options);
      return [];
    } catch (error) {
      return [toFault(error)];
    }
  }

  /** @throws FaultError */
  protected async ask<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    if (this.#session === null) throw notOpen();
    try {
      return await work(this.#session);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error));
    }
  }

  /** Streams the rows of a query. Fails if a row does not arrive in time. */
  protected async *stream(sql: string, binds: string[]): AsyncGenerator<SnowflakeRow> {
    if (this.#session === null) throw notOpen();
    try {
      yield* this.#session.stream(sql, binds);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error));
    }
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }
}
