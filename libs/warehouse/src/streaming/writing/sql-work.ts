import { randomUUID } from 'node:crypto';
import { partitionName, type Checkpoint, type StoredRow, type TopicPartition } from '#pipeline';
import { missingCheckpoint } from '../../checkpoint-faults.js';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '../../tables.js';
import { MARK } from '../../snowflake/checkpoints/checkpoint-statements.js';
import { readCheckpoints } from '../../snowflake/checkpoints/checkpoints.js';
import type { CheckpointForm } from '../../snowflake/checkpoints/checkpoint-form.js';
import { findForm } from '../../snowflake/checkpoints/find-form.js';
import { streamingGroup } from '../../snowflake/checkpoints/streaming-group.js';
import { rollingBack } from '../../snowflake/session/rolling-back.js';
import type { SnowflakeOptions } from '../../snowflake/session/session-options.js';
import { SnowflakeSession } from '../../snowflake/session/snowflake-session.js';
import { isLockTimeout } from '../../snowflake/writing/abandoned-locks.js';
import { noteStored } from '../../snowflake/writing/redrives.js';
import { CREATE_STAGING } from '../../snowflake/writing/statements.js';
import type { FoundOffsets } from './partition-stream.js';

/** The query reads the metadata of all events. */
const LONGEST_LOOK_SECONDS = 3_600;

/** Binds: topic. The numbers are our own. */
const offsetsFrom = (table: string, partition: number, from: number): string => `
  SELECT TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) AS O FROM ${table}
  WHERE EVENT_METADATA:topic::VARCHAR = ? AND TRY_TO_NUMBER(EVENT_METADATA:partition::VARCHAR) = ${partition}
    AND TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) >= ${from}`;

/** Binds: redrive id. */
const forgetStored = ({ topic, partition, offset }: StoredRow['message']) => ({
  sql: `
  UPDATE ${SALES_EVENTS_DLQ.name} SET STORED_AT = NULL, STORED_METADATA = NULL
  WHERE REDRIVE_ID = ? AND STORED_METADATA:topic::VARCHAR = ?
    AND TRY_TO_NUMBER(STORED_METADATA:partition::VARCHAR) = ${partition}
    AND TRY_TO_NUMBER(STORED_METADATA:offset::VARCHAR) = ${offset}`,
  topic,
});

/** Binds: the new group, the old group, topic. The numbers are our own. */
const renameGroup = (table: string, partition: number): string => `
  UPDATE ${table} SET CONSUMER_GROUP = ?
  WHERE CONSUMER_GROUP = ? AND TOPIC = ? AND "PARTITION" = ${partition}`;

/** Binds: the new group, the old group, topic. The numbers are our own. */
const returnCheckpoint = (table: string, checkpoint: Checkpoint): string => `
  UPDATE ${table} SET CONSUMER_GROUP = ?, FIRST_OFFSET = ${checkpoint.firstOffset}, NEXT_OFFSET = ${checkpoint.nextOffset},
    STORED = ${checkpoint.stored}, DEAD_LETTERED = ${checkpoint.deadLettered}, SKIPPED = ${checkpoint.skipped},
    GAPS = ${checkpoint.gaps}, LOST = ${checkpoint.lost}, LAST_TIMESTAMP_MS = ${checkpoint.lastTimestampMs ?? 'NULL'},
    UPDATED_AT = CURRENT_TIMESTAMP()
  WHERE CONSUMER_GROUP = ? AND TOPIC = ? AND "PARTITION" = ${checkpoint.partition}`;

/**
 * What the streaming engine does by SQL, which wakes the virtual warehouse: rare work only. Each task has a session of its
 * own. All methods throw SnowflakeError, FaultError.
 */
export class SqlWork {
  constructor(private readonly options: SnowflakeOptions) {}

  /** What the tables have of a partition, from an offset on. */
  async offsetsFrom({ topic, partition }: TopicPartition, from: number): Promise<FoundOffsets> {
    return this.#inSession(async (session) => {
      const offsets = async (table: string) => {
        const sql = offsetsFrom(table, partition, from);
        return (await session.slowQuery(sql, [topic], LONGEST_LOOK_SECONDS)).map((row) => Number(row['O']));
      };
      return { events: await offsets(RAW_EVENTS_STREAM.name), letters: await offsets(SALES_EVENTS_DLQ.name) };
    });
  }

  /**
   * Records in the dead letters where their redriven messages will be stored, before they are. Returns the indexes of rows
   * that are already stored from another offset, and then records nothing.
   */
  async noteStored(rows: readonly StoredRow[]): Promise<number[]> {
    return this.#underLock(async (session, form) => {
      await session.execute(CREATE_STAGING);
      const mark = randomUUID();
      await session.execute(MARK, [mark]);
      await form.takeCommonLock(session);
      const stored = await noteStored(session, rows, mark);
      await session.execute(stored.length > 0 ? 'ROLLBACK' : 'COMMIT');
      return stored;
    });
  }

  /** Withdraws {@link noteStored} for rows that Snowflake has refused. */
  async forgetStored(rows: readonly StoredRow[]): Promise<void> {
    const redriven = rows.filter(({ redriveId }) => redriveId !== null);
    if (redriven.length === 0) return;
    await this.#inSession((session) =>
      rollingBack(session, async () => {
        for (const { redriveId, message } of redriven) {
          const { sql, topic } = forgetStored(message);
          await session.execute(sql, [redriveId ?? '', topic]);
        }
        await session.execute('COMMIT');
      }),
    );
  }

  /**
   * Takes the checkpoints of these partitions from the SQL engine: afterwards they belong to another group, so that no
   * owner moves them by SQL. Returns them by partition; a partition without one is left out.
   */
  async takeOver(
    partitions: readonly TopicPartition[],
  ): Promise<{ taken: Set<string>; found: Map<string, Checkpoint> }> {
    const { consumerGroup } = this.options;
    const streaming = streamingGroup(consumerGroup);
    return this.#underLock(async (session, form) => {
      const held = await form.lockAndRead(session, consumerGroup, partitions);
      for (const { checkpoint, heldIn } of held.values()) {
        const { topic, partition } = checkpoint;
        await session.execute(renameGroup(heldIn, partition), [streaming, consumerGroup, topic]);
      }
      const found = await readCheckpoints(session, streaming, partitions, form.tables);
      await session.execute('COMMIT');
      return {
        taken: new Set(held.keys()),
        found: new Map([...found].map(([name, { checkpoint }]) => [name, checkpoint])),
      };
    });
  }

  /**
   * Gives checkpoints back to the SQL engine, with the values that the ledgers ended with. Repeating it changes nothing.
   */
  async handOver(checkpoints: readonly Checkpoint[]): Promise<void> {
    const { consumerGroup } = this.options;
    const streaming = streamingGroup(consumerGroup);
    await this.#underLock(async (session, form) => {
      const held = await form.lockAndRead(session, streaming, checkpoints);
      for (const checkpoint of checkpoints) {
        const heldIn = held.get(partitionName(checkpoint))?.heldIn;
        if (heldIn === undefined) continue;
        await session.execute(returnCheckpoint(heldIn, checkpoint), [
          consumerGroup,
          streaming,
          checkpoint.topic,
        ]);
      }
      const returned = await readCheckpoints(session, consumerGroup, checkpoints, form.tables);
      const missing = checkpoints.find((checkpoint) => !returned.has(partitionName(checkpoint)));
      if (missing !== undefined) throw missingCheckpoint(streaming, missing);
      await session.execute('COMMIT');
    });
  }

  /**
   * Runs a transaction that takes a lock of the checkpoints. If it waits for too long, it ends those of lost sessions that
   * hold one, as the SQL engine does: Snowflake itself ends them only after five minutes.
   */
  async #underLock<T>(work: (session: SnowflakeSession, form: CheckpointForm) => Promise<T>): Promise<T> {
    return this.#inSession(async (session) => {
      const form = await findForm(session, this.options);
      try {
        return await rollingBack(session, () => work(session, form));
      } catch (error) {
        if (isLockTimeout(error)) await form.endAbandoned(session, this.options.lockTimeoutSeconds);
        throw error;
      }
    });
  }

  async #inSession<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    const session = await SnowflakeSession.open(this.options);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  }
}
