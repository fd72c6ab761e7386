import type { Batch, Fault, TopicPartition } from '#pipeline';
import {
  newToken,
  OF_RESTORING,
  replaced,
  RESTORING_COLUMNS,
  restoringValues,
} from '../../restoring/restoring-row.js';
import type { RestoreResult, RowRestorer } from '../../restoring/row-restorer.js';
import { StoredOffsets } from '../../restoring/stored-offsets.js';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import { DatabaseAccess } from '../file/database-access.js';
import { isConversionError, isFatal, toFault } from '../file/duckdb-fault.js';
import { DuckDbSession, type DuckDbDatabase } from '../file/duckdb-session.js';
import { openWarehouse } from '../file/open-warehouse.js';
import { DUCKDB_DEFAULTS, type DuckDbOptions } from '../writing/duckdb-repository.js';
import { noteStored } from '../writing/redrives.js';
import { prepareSchema } from '../writing/schema.js';
import { findRejected, insertDeadLetters, insertEvents } from '../writing/staging.js';

export type DuckDbRestorerOptions = Pick<DuckDbOptions, 'path' | 'maxDeadLetterValueBytes'> &
  Partial<DuckDbDatabase>;

const CHECKPOINTS = INGESTION_CHECKPOINTS.name;

/** The token is our own number. */
const takeToken = (token: number) => `
  INSERT INTO ${CHECKPOINTS} (${RESTORING_COLUMNS}) VALUES (${restoringValues(token, 'now()')})
  ON CONFLICT DO UPDATE SET NEXT_OFFSET = excluded.NEXT_OFFSET, UPDATED_AT = now()`;

/** Two transactions that run this at once conflict. */
const keepToken = (token: number) => `
  UPDATE ${CHECKPOINTS} SET UPDATED_AT = now() WHERE ${OF_RESTORING} AND NEXT_OFFSET = ${token} RETURNING NEXT_OFFSET`;

const offsetsOf = (table: string) => `
  SELECT TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT) AS O FROM ${table}
  WHERE EVENT_METADATA->>'$.topic' = $1 AND TRY_CAST(EVENT_METADATA->>'$.partition' AS BIGINT) = $2
    AND O >= $3 AND O < $4`;

const STORED_OFFSETS = `${offsetsOf(RAW_EVENTS_STREAM.name)} UNION ${offsetsOf(SALES_EVENTS_DLQ.name)}`;

type Outcome = { kind: 'committed' } | { kind: 'refused' } | { kind: 'already-stored'; indexes: number[] };

/** Restores rows of a DuckDB file, through the service that has it open if there is one. */
export class DuckDbRowRestorer implements RowRestorer {
  readonly #access: DatabaseAccess;
  readonly #stored: StoredOffsets;
  readonly #token = newToken();
  readonly #options: Required<DuckDbRestorerOptions>;

  constructor(options: DuckDbRestorerOptions) {
    this.#options = { ...DUCKDB_DEFAULTS, ...options };
    this.#access = new DatabaseAccess(this.#options, (database) =>
      openWarehouse(database.path, 'READ_WRITE', () => DuckDbSession.open(database)),
    );
    this.#stored = new StoredOffsets((at, from, to) => this.#offsets(at, from, to));
  }

  async open(): Promise<Fault[]> {
    return this.#access.open(async (connection) => {
      const faults = await prepareSchema(connection);
      if (faults.length === 0) await connection.run(takeToken(this.#token));
      return faults;
    });
  }

  async restore(batch: Batch): Promise<RestoreResult> {
    try {
      const { batch: missing, indexes } = await this.#stored.missingOf(batch);
      const { rows, deadLetters } = missing;
      if (rows.length + deadLetters.length === 0) return { kind: 'restored', rows: 0, deadLetters: 0 };
      return await this.#access.withConnection(async (connection): Promise<RestoreResult> => {
        const outcome = await this.#transact(connection, missing);
        const given = (index: number) => indexes[index] ?? index;
        switch (outcome.kind) {
          case 'committed':
            this.#stored.add(missing);
            return { kind: 'restored', rows: rows.length, deadLetters: deadLetters.length };
          case 'already-stored':
            return { kind: 'already-stored', indexes: outcome.indexes.map(given) };
          case 'refused': {
            const rejected = await findRejected(connection, rows);
            return { kind: 'rejected', rows: rejected.map((row) => ({ ...row, index: given(row.index) })) };
          }
        }
      });
    } catch (error) {
      return { kind: 'fault', fault: toFault(error, this.#options.path) };
    }
  }

  async close(): Promise<void> {
    await this.#access.close();
  }

  /** Never leaves a transaction open. */
  async #transact(connection: SqlConnection, { rows, deadLetters }: Batch): Promise<Outcome> {
    await connection.run('BEGIN');
    try {
      if ((await connection.rows(keepToken(this.#token))).length === 0) throw replaced();
      await insertEvents(connection, rows);
      await insertDeadLetters(connection, deadLetters, this.#options.maxDeadLetterValueBytes);
      const indexes = await noteStored(connection, rows);
      if (indexes.length === 0) {
        await connection.run('COMMIT');
        return { kind: 'committed' };
      }
      await connection.run('ROLLBACK');
      return { kind: 'already-stored', indexes };
    } catch (error) {
      // A failed COMMIT has ended the transaction already.
      if (!isFatal(error)) await connection.run('ROLLBACK').catch(() => this.#access.discardSession());
      if (isConversionError(error)) return { kind: 'refused' };
      throw error;
    }
  }

  async #offsets({ topic, partition }: TopicPartition, from: number, to: number): Promise<number[]> {
    const rows = await this.#access.withConnection((connection) =>
      connection.rows<{ O: string }>(STORED_OFFSETS, [topic, partition, from, to]),
    );
    return rows.map(({ O }) => Number(O));
  }
}
