import { Injectable } from '@nestjs/common';
import {
  partitionName,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type TopicPartition,
  type TransactionResult,
  type WriteResult,
} from '#pipeline';
import { checkpointInUse, missingCheckpoint } from '../../checkpoint-faults.js';
import {
  advanceCheckpoints,
  createCheckpoints,
  otherGroups,
  readCheckpoints,
  storedEnds,
} from './checkpoints.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import { DatabaseAccess } from '../file/database-access.js';
import { isConflict, isConversionError, isFatal, toFault } from '../file/duckdb-fault.js';
import { DuckDbSession, type DuckDbDatabase } from '../file/duckdb-session.js';
import { openWarehouse } from '../file/open-warehouse.js';
import { warehouseIdentity } from '../file/warehouse-identity.js';
import { noteStored } from './redrives.js';
import { prepareSchema } from './schema.js';
import { WriteSteps } from '../../write-steps.js';
import { findRejected, insertDeadLetters, insertEvents } from './staging.js';

export interface DuckDbOptions extends Partial<DuckDbDatabase> {
  path: string;
  consumerGroup: string;
  /** The longest value that SALES_EVENTS_DLQ keeps whole, in bytes of UTF-8. */
  maxDeadLetterValueBytes?: number;
  /**
   * `owner`: opens the file. `service`: also lets the operator's commands use it meanwhile. `command`: uses the file
   * through the service that has it open, if there is one (default: owner).
   */
  role?: DuckDbRole;
}

export type DuckDbRole = 'owner' | 'service' | 'command';

const MEBIBYTE = 1024 * 1024;

/**
 * DuckDB holds a single value up to seven times while it is validated and inserted, a batch about twice until it is
 * committed, and again with earlier batches when the log is merged into the file. A lower limit would block the
 * partition forever. A batch is full once it has `maxBytes`, so its last event may exceed that.
 *
 * @returns mebibytes
 */
export function memoryForBatches(maxBytes: number, maxEventBytes: number): number {
  return 64 + Math.ceil(Math.max(8 * maxEventBytes, 4 * (maxBytes + maxEventBytes)) / MEBIBYTE);
}

export const DUCKDB_DEFAULTS = {
  memoryLimitMib: memoryForBatches(16 * MEBIBYTE, 16 * MEBIBYTE),
  // Batches are small for DuckDB: a second thread costs more in coordination than it saves.
  threads: 1,
  maxDeadLetterValueBytes: 16 * MEBIBYTE,
  role: 'owner' as DuckDbRole,
};

/** Attempts at a claim while another owner creates checkpoints concurrently. */
const CLAIM_TRIES = 5;

/**
 * The warehouse in a local DuckDB file, for tests and local runs. It has the tables and the checkpoint protocol of the
 * Snowflake engine, and creates its tables itself.
 */
@Injectable()
export class DuckDbRepository implements EventRepository {
  readonly #options: Required<DuckDbOptions>;
  readonly #access: DatabaseAccess;

  constructor(options: DuckDbOptions) {
    this.#options = { ...DUCKDB_DEFAULTS, ...options };
    this.#access = new DatabaseAccess(this.#options, (database) => {
      const open = () => DuckDbSession.open(database);
      return this.#options.role === 'command' ? openWarehouse(database.path, 'READ_WRITE', open) : open();
    });
  }

  async open(): Promise<Fault[]> {
    const faults = await this.#access.open(prepareSchema);
    if (faults.length > 0) return faults;
    void this.#access.checkForDamage();
    if (this.#options.role === 'service') await this.#access.share();
    return [];
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return this.#access.withConnection(async (connection) => {
      let isMade = false;
      for (let tries = 1; ; tries++) {
        const held = await readCheckpoints(connection, this.#options.consumerGroup, partitions);
        const missing = partitions.filter((partition) => !held.has(partitionName(partition)));
        // Partitions still missing in the second round require more than is stored.
        if (missing.length === 0 || isMade)
          return partitions.flatMap((one) => held.get(partitionName(one)) ?? []);
        try {
          await createCheckpoints(connection, this.#options.consumerGroup, missing);
          isMade = true;
        } catch (error) {
          if (!isConflict(error) || tries === CLAIM_TRIES) throw error;
        }
      }
    });
  }

  async identity(): Promise<string> {
    return this.#access.withConnection(warehouseIdentity);
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return this.#access.withConnection((connection) => storedEnds(connection, partitions));
  }

  async otherGroups(topic: string): Promise<string[]> {
    return this.#access.withConnection((connection) =>
      otherGroups(connection, this.#options.consumerGroup, topic),
    );
  }

  async write(batch: Batch): Promise<WriteResult> {
    const steps = new WriteSteps();
    const result = await this.#write(batch, steps);
    return { ...result, steps: steps.taken };
  }

  async close(): Promise<void> {
    await this.#access.close();
  }

  async #write(batch: Batch, steps: WriteSteps): Promise<TransactionResult> {
    const startedAt = performance.now();
    try {
      return await this.#access.withConnection(async (connection) => {
        const outcome = await this.#transact(connection, batch, steps);
        switch (outcome.kind) {
          case 'already-stored':
            return outcome;
          case 'committed':
            return { kind: 'stored', seconds: (performance.now() - startedAt) / 1000 };
          case 'moved':
            return { kind: 'stale', checkpoints: await this.#moved(connection, batch) };
          case 'refused':
            return { kind: 'rejected', rows: await findRejected(connection, batch.rows) };
        }
      });
    } catch (error) {
      return { kind: 'fault', fault: toFault(error, this.#options.path) };
    }
  }

  /** Never leaves a transaction open. */
  async #transact(
    connection: SqlConnection,
    batch: Batch,
    steps: WriteSteps,
  ): Promise<{ kind: 'committed' | 'moved' | 'refused' } | { kind: 'already-stored'; indexes: number[] }> {
    await connection.run('BEGIN');
    try {
      await steps.take('stage', () => insertEvents(connection, batch.rows));
      if (batch.deadLetters.length > 0) {
        await steps.take('dead_letters', () =>
          insertDeadLetters(connection, batch.deadLetters, this.#options.maxDeadLetterValueBytes),
        );
      }
      const outcome = await steps.take('checkpoints', () => this.#advance(connection, batch));
      if (outcome.kind === 'advanced') {
        await steps.take('commit', () => connection.run('COMMIT'));
        return { kind: 'committed' };
      }
      await connection.run('ROLLBACK');
      return outcome;
    } catch (error) {
      await this.#rollBackAfter(error, connection);
      if (isConflict(error)) return { kind: 'moved' };
      if (isConversionError(error)) return { kind: 'refused' };
      throw error;
    }
  }

  /** Records where redriven rows are stored, and advances the checkpoints. Both can refuse the batch as a whole. */
  async #advance(
    connection: SqlConnection,
    { rows, ranges }: Batch,
  ): Promise<{ kind: 'advanced' } | { kind: 'moved' } | { kind: 'already-stored'; indexes: number[] }> {
    const stored = await noteStored(connection, rows);
    if (stored.length > 0) return { kind: 'already-stored', indexes: stored };
    const isAdvanced = await advanceCheckpoints(connection, this.#options.consumerGroup, ranges);
    return isAdvanced ? { kind: 'advanced' } : { kind: 'moved' };
  }

  /** A failed COMMIT has ended the transaction already; a session that cannot roll back is discarded. */
  async #rollBackAfter(error: unknown, connection: SqlConnection): Promise<void> {
    if (isFatal(error)) return;
    try {
      await connection.run('ROLLBACK');
    } catch (rollbackError) {
      const text = String(rollbackError);
      if (!text.includes('no transaction is active')) await this.#access.discardSession();
    }
  }

  /**
   * The checkpoints that are not where the batch starts.
   *
   * @throws FaultError if one is missing, or if none has moved: then another owner's transaction is in the way and may
   * still fail.
   */
  async #moved(connection: SqlConnection, batch: Batch): Promise<Checkpoint[]> {
    const { consumerGroup } = this.#options;
    const held = await readCheckpoints(connection, consumerGroup, batch.ranges);
    const missing = batch.ranges.find((range) => !held.has(partitionName(range)));
    if (missing !== undefined) throw missingCheckpoint(consumerGroup, missing);
    const moved = batch.ranges.flatMap((range) => {
      const checkpoint = held.get(partitionName(range));
      return checkpoint === undefined || checkpoint.nextOffset === range.from ? [] : [checkpoint];
    });
    if (moved.length === 0) throw checkpointInUse();
    return moved;
  }
}
