import { access } from 'node:fs/promises';
import { coordinatesText, FaultError, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import type {
  Actor,
  ClaimedDeadLetter,
  DeadLetterAction,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterKey,
  DeadLetterStatus,
  DeadLetterStore,
  FoundDeadLetter,
  Grouping,
  RedrivenLetter,
} from '../../dead-letters/dead-letter-store.js';
import { actionRecords, type DeadLetterActionRecord } from '../../rows/dead-letter-action.js';
import * as queries from './dead-letter-queries.js';
import {
  toAction,
  toClaimed,
  toEntry,
  toFound,
  toGroup,
  type ActionRow,
  type ClaimedRow,
  type EntryRow,
  type FoundRow,
  type GroupRow,
} from './dead-letter-rows.js';
import { retryConflicts } from '../connection/retry-conflicts.js';
import type { SqlConnection, WarehouseSession } from '../connection/sql-connection.js';
import { noFile, toFault } from '../file/duckdb-fault.js';
import { DuckDbSession, type DuckDbDatabase } from '../file/duckdb-session.js';
import { openWarehouse } from '../file/open-warehouse.js';
import { prepareSchema } from '../writing/schema.js';

const DEFAULTS = { memoryLimitMib: 512, threads: 1 };

const NOT_SHARED: Fault = {
  class: 'transient',
  code: 'DUCKDB_NOT_SHARED',
  message: 'The service does not share its DuckDB file: the file is not open now, or has no socket beside it',
  remedy: 'If the log says that there is no socket, move DUCKDB_PATH to a file system that supports sockets',
};

/** The dead letters of a DuckDB file, used through the service that has it open, if there is one. Never creates the file. */
export class DuckDbDeadLetterStore implements DeadLetterStore {
  readonly #database: DuckDbDatabase;
  #session: WarehouseSession | null = null;

  /** @param isInService whether it belongs to the service itself, which alone may open the file */
  constructor(
    database: Partial<DuckDbDatabase> & { path: string },
    private readonly isInService = false,
  ) {
    this.#database = { ...DEFAULTS, ...database };
  }

  async open(): Promise<Fault[]> {
    const { path } = this.#database;
    if (!(await exists(path))) return [noFile(path)];
    try {
      const { connection } = (this.#session = await openWarehouse(path, 'READ_WRITE', async () => {
        if (this.isInService) throw new FaultError(NOT_SHARED);
        return DuckDbSession.open(this.#database);
      }));
      return await retryConflicts(() => prepareSchema(connection));
    } catch (error) {
      return [toFault(error, path)];
    }
  }

  async count(filter: DeadLetterFilter): Promise<Record<DeadLetterStatus, number>> {
    const rows = await this.#rows<{ status: DeadLetterStatus; letters: string }>(
      queries.COUNT,
      filterJson(filter),
    );
    const counts = { open: 0, redriven: 0, stored: 0, resolved: 0 };
    for (const { status, letters } of rows) counts[status] = Number(letters);
    return counts;
  }

  async groups(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<DeadLetterGroup[]> {
    const rows = await this.#rows<GroupRow>(queries.groupsBy(by), filterJson(filter));
    return rows.map(toGroup);
  }

  async find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
    const rows = await this.#rows<FoundRow>(queries.FIND, filterJson(filter));
    return rows.map(toFound);
  }

  async read(keys: readonly DeadLetterKey[]): Promise<DeadLetterEntry[]> {
    const rows = await this.#rows<EntryRow>(queries.READ, keysJson(keys));
    return rows.map(toEntry);
  }

  async claim(letters: readonly (DeadLetterKey & { redriveId: string })[]): Promise<ClaimedDeadLetter[]> {
    const keys = keysJson(letters);
    const proposed = JSON.stringify(
      letters.map((letter) => ({ ...key(letter), redriveId: letter.redriveId })),
    );
    return this.#withConnection((connection) =>
      inTransaction(connection, async () => {
        await connection.run(queries.GIVE_REDRIVE_IDS, [proposed]);
        await connection.run(queries.LINK_TO_STORED);
        const rows = await connection.rows<ClaimedRow>(queries.READ_CLAIMED, [keys]);
        return rows.map(toClaimed);
      }),
    );
  }

  async markRedriven(letters: readonly RedrivenLetter[], by: Actor): Promise<void> {
    await this.#act(actionRecords('redrive', letters, by), queries.MARK_REDRIVEN, [keysJson(letters)]);
  }

  async resolve(keys: readonly DeadLetterKey[], by: Actor & { reason: string }): Promise<void> {
    await this.#act(actionRecords('resolve', keys, by), queries.RESOLVE, [keysJson(keys), by.reason]);
  }

  async actions(letter: DeadLetterKey): Promise<DeadLetterAction[]> {
    const rows = await this.#rows<ActionRow>(queries.READ_ACTIONS, keysJson([letter]));
    return rows.map(toAction);
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = null;
  }

  /** Changes letters and records who did it, both or neither. */
  async #act(records: readonly DeadLetterActionRecord[], sql: string, parameters: string[]): Promise<void> {
    await this.#withConnection((connection) =>
      inTransaction(connection, async () => {
        await connection.run(sql, parameters);
        await connection.run(queries.INSERT_ACTIONS, [JSON.stringify(records)]);
      }),
    );
  }

  #rows<T extends object>(sql: string, parameter: string): Promise<T[]> {
    return this.#withConnection((connection) => connection.rows<T>(sql, [parameter]));
  }

  async #withConnection<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    if (this.#session === null) throw notOpen();
    try {
      return await work(this.#session.connection);
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error, this.#database.path));
    }
  }
}

/** Repeated if the service changes the same letters meanwhile. */
async function inTransaction<T>(connection: SqlConnection, work: () => Promise<T>): Promise<T> {
  return retryConflicts(async () => {
    await connection.run('BEGIN');
    try {
      const result = await work();
      await connection.run('COMMIT');
      return result;
    } catch (error) {
      // A failed COMMIT has ended the transaction already.
      await connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function filterJson(filter: DeadLetterFilter): string {
  return JSON.stringify({ ...filter, ids: filter.ids?.map(coordinatesText) ?? null });
}

function keysJson(keys: readonly DeadLetterKey[]): string {
  return JSON.stringify(keys.map(key));
}

function key({ topic, partition, offset, timestampMs }: DeadLetterKey) {
  return { topic, partition, offset, timestampMs: String(timestampMs) };
}
