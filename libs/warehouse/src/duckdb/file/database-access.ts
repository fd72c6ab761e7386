import type { DuckDBConnection } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { Mutex } from '../../mutex.js';
import { notOpen } from '../../checkpoint-faults.js';
import type { Access, SqlConnection, WarehouseSession } from '../connection/sql-connection.js';
import { WarehouseSocket } from '../socket/warehouse-socket.js';
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
  #session: WarehouseSession | null = null;
  /** Serializes the calls: a close waits for the current one. */
  readonly #mutex = new Mutex();
  #socket: WarehouseSocket | null = null;

  /** @param openSession opens the file, or a way to it */
  constructor(
    private readonly database: DuckDbDatabase,
    private readonly openSession: (database: DuckDbDatabase) => Promise<WarehouseSession> = (own) =>
      DuckDbSession.open(own),
  ) {}

  /** @param prepare creates and checks the tables, and returns the faults that remain */
  async open(prepare: (connection: SqlConnection) => Promise<Fault[]>): Promise<Fault[]> {
    return this.#mutex.run(async () => {
      this.#file = null;
      this.#damage = null;
      await this.discardSession();
      try {
        this.#session = await this.#openOrReplaceUnfinished();
        const faults = await prepare(this.#session.connection);
        if (faults.length === 0) this.#file = await identityOf(this.database.path);
        // Whoever repairs the tables needs the file.
        else await this.discardSession();
        return faults;
      } catch (error) {
        await this.discardSession();
        return [toFault(error, this.database.path)];
      }
    });
  }

  /** Lets the operator's commands use the open file, each over a connection of its own, until it is closed. */
  async share(): Promise<void> {
    this.#socket ??= await WarehouseSocket.open(this.database.path, {
      connect: (access) => this.#connectGuest(access),
      check: () => this.#requireUsable(),
    });
  }

  /**
   * Reads the whole file once, interleaved with other calls. Resolves when all is read, or when damage is found: every
   * later call then fails with that fault.
   */
  async checkForDamage(): Promise<void> {
    // A service that has the file open has checked it.
    if (!(this.#session instanceof DuckDbSession)) return;
    try {
      await readEveryRow((work) => this.withConnection(work));
    } catch (error) {
      // Anything else that stopped the check also stops the next batch, which reports it.
      if (!(error instanceof FaultError)) throw error;
    }
  }

  /** @throws FaultError */
  async withConnection<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      const { path } = this.database;
      try {
        await this.#requireUsable();
        this.#session ??= await this.openSession(this.database);
        return await work(this.#session.connection);
      } catch (error) {
        const fault = toFault(error, path);
        if (isDamage(error)) this.#damage = fault;
        if (isFatal(error)) await this.discardSession();
        if (fault.code === 'DUCKDB_OUT_OF_MEMORY') this.#socket?.interrupt(MEMORY_IS_NEEDED);
        throw new FaultError(fault);
      }
    });
  }

  /** DuckDB reopens the file only when nobody has a connection to it any more. */
  async discardSession(): Promise<void> {
    await this.#socket?.sendAway(REOPENED);
    await this.#session?.close();
    this.#session = null;
  }

  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#file = null;
      await this.#socket?.close();
      this.#socket = null;
      await this.discardSession();
    });
  }

  /** @throws FaultError */
  async #requireUsable(): Promise<void> {
    if (this.#file === null) throw notOpen();
    if (this.#damage !== null) throw new FaultError(this.#damage);
    await requireSameFile(this.database.path, this.#file);
  }

  async #connectGuest(access: Access): Promise<DuckDBConnection> {
    await this.#requireUsable();
    if (!(this.#session instanceof DuckDbSession)) throw new FaultError(REOPENED);
    return this.#session.connect(access);
  }

  /** A creation that was killed or ran out of disk space leaves a file that DuckDB will never open. */
  async #openOrReplaceUnfinished(): Promise<WarehouseSession> {
    try {
      return await this.openSession(this.database);
    } catch (error) {
      // A service that has it open refuses.
      if (error instanceof FaultError) throw error;
      const { code } = toFault(error, this.database.path);
      // If locked, another process may be creating it now. Otherwise DuckDB had exclusive access to the file.
      if (code === 'DUCKDB_LOCKED' || !(await removeUnfinished(this.database.path))) throw error;
      return this.openSession(this.database);
    }
  }
}

const REOPENED: Fault = {
  class: 'transient',
  code: 'DUCKDB_REOPENED',
  message: 'The service reopens the DuckDB file after an error; what was not committed is rolled back',
  remedy: 'Run the command again once the service has written its next batch',
};

const MEMORY_IS_NEEDED: Fault = {
  class: 'transient',
  code: 'DUCKDB_SERVICE_NEEDS_MEMORY',
  message: 'The statement was cancelled: the service needed the memory for a batch',
  remedy: 'Read fewer rows at a time, or stop the service first',
};
