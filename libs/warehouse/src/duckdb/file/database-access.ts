import type { DuckDBConnection } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { Mutex } from '../../mutex.js';
import { notOpen } from '../../checkpoint-faults.js';
import { readEveryRow } from './damage-check.js';
import { identityOf, removeUnfinished, requireSameFile, type FileIdentity } from './database-file.js';
import { isDamage, isFatal, toFault } from './duckdb-fault.js';
import { DuckDbSession, type DuckDbDatabase } from './duckdb-session.js';

/** Gives one caller at a time the connection to a database file, while its path still names the file that was opened. */
export class DatabaseAccess {
  /** Set once {@link open} succeeded: a discarded session is then reopened. */
  #file: FileIdentity | null = null;
  /** Set once the file is known to be damaged. DuckDB would still accept commits, so every later call fails. */
  #damage: Fault | null = null;
  #session: DuckDbSession | null = null;
  /** Serializes the calls: a close waits for the current one. */
  readonly #mutex = new Mutex();

  constructor(private readonly database: DuckDbDatabase) {}

  /** @param prepare creates and checks the tables, and returns the faults that remain */
  async open(prepare: (connection: DuckDBConnection) => Promise<Fault[]>): Promise<Fault[]> {
    return this.#mutex.run(async () => {
      this.#file = null;
      this.#damage = null;
      this.discardSession();
      try {
        this.#session = await this.#openOrReplaceUnfinished();
        const faults = await prepare(this.#session.connection);
        if (faults.length === 0) this.#file = await identityOf(this.database.path);
        // Whoever repairs the tables needs the file.
        else this.discardSession();
        return faults;
      } catch (error) {
        this.discardSession();
        return [toFault(error, this.database.path)];
      }
    });
  }

  /**
   * Reads the whole file once, interleaved with other calls. Resolves when all is read, or when damage is found: every
   * later call then fails with that fault.
   */
  async checkForDamage(): Promise<void> {
    try {
      await readEveryRow((work) => this.withConnection(work));
    } catch (error) {
      // Anything else that stopped the check also stops the next batch, which reports it.
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

  /** A creation that was killed or ran out of disk space leaves a file that DuckDB will never open. */
  async #openOrReplaceUnfinished(): Promise<DuckDbSession> {
    try {
      return await DuckDbSession.open(this.database);
    } catch (error) {
      const { code } = toFault(error, this.database.path);
      // If locked, another process may be creating it now. Otherwise DuckDB had exclusive access to the file.
      if (code === 'DUCKDB_LOCKED' || !(await removeUnfinished(this.database.path))) throw error;
      return DuckDbSession.open(this.database);
    }
  }
}
