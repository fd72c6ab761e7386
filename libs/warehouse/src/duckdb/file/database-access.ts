import type { DuckDBConnection } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { Mutex } from '../../mutex.js';
import { notOpen } from '../../checkpoint-faults.js';
import { readEveryRow } from './damage-check.js';
import { identityOf, removeUnfinished, requireSameFile, type FileIdentity } from './database-file.js';
import { isDamage, isFatal, toFault } from './duckdb-fault.js';
import { DuckDbSession, type DuckDbDatabase } from './duckdb-session.js';

/** One database file and one caller at a time, who gets the connection only while the file is what it was. */
export class DatabaseAccess {
  /** The file that {@link open} found in order; a session that was discarded is then opened again. */
  #file: FileIdentity | null = null;
  /** The file is damaged. It takes commits all the same, so nothing more is written before somebody has looked. */
  #damage: Fault | null = null;
  #session: DuckDbSession | null = null;
  /** Serializes the calls: a close waits for the one under way. */
  readonly #mutex = new Mutex();

  constructor(private readonly database: DuckDbDatabase) {}

  /** @param prepare puts the tables in order, and returns what it could not */
  async open(prepare: (connection: DuckDBConnection) => Promise<Fault[]>): Promise<Fault[]> {
    return this.#mutex.run(async () => {
      this.#file = null;
      this.#damage = null;
      this.discardSession();
      try {
        this.#session = await this.#openOrReplaceUnfinished();
        const faults = await prepare(this.#session.connection);
        if (faults.length === 0) this.#file = await identityOf(this.database.path);
        // Whoever puts the tables right needs the file.
        else this.discardSession();
        return faults;
      } catch (error) {
        this.discardSession();
        return [toFault(error, this.database.path)];
      }
    });
  }

  /**
   * Reads the whole file once, between the calls of others. Resolves when all is read, or once the file is known to be
   * damaged: every later call then fails with that.
   */
  async checkForDamage(): Promise<void> {
    try {
      await readEveryRow((work) => this.withConnection(work));
    } catch (error) {
      // Whatever else stopped the check stops the next batch as well, which reports it.
      if (!(error instanceof FaultError)) throw error;
    }
  }

  /** @throws FaultError */
  async withConnection<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      if (this.#file === null) throw notOpen();
      if (this.#damage !== null) throw new FaultError(this.#damage);
      const { path } = this.database;
      try {
        await requireSameFile(path, this.#file);
        this.#session ??= await DuckDbSession.open(this.database);
        return await work(this.#session.connection);
      } catch (error) {
        const fault = toFault(error, path);
        if (isDamage(error)) this.#damage = fault;
        if (isFatal(error)) this.discardSession();
        throw new FaultError(fault);
      }
    });
  }

  discardSession(): void {
    this.#session?.close();
    this.#session = null;
  }

  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#file = null;
      this.discardSession();
    });
  }

  /** A creation that was killed or ran out of disk leaves a file that DuckDB refuses for ever. */
  async #openOrReplaceUnfinished(): Promise<DuckDbSession> {
    try {
      return await DuckDbSession.open(this.database);
    } catch (error) {
      const { code } = toFault(error, this.database.path);
      // Locked: another process may be making it now. In all other cases DuckDB had the file to itself.
      if (code === 'DUCKDB_LOCKED' || !(await removeUnfinished(this.database.path))) throw error;
      return DuckDbSession.open(this.database);
    }
  }
}
