import { Injectable } from '@nestjs/common';
import {
  FaultError,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type TopicPartition,
  type TransactionResult,
  type WriteResult,
} from '#pipeline';
import { Mutex } from '../../mutex.js';
import { STG_RAW_EVENTS_STREAM } from '../../tables.js';
import { notOpen } from '../../checkpoint-faults.js';
import { isLockTimeout, LOCK_TIMED_OUT, SHORTEST_LOCK_TIMEOUT_SECONDS } from './abandoned-locks.js';
import { mayBeData, toFault } from '../session/faults.js';
import { storedEnds } from '../checkpoints/checkpoint-claiming.js';
import { warehouseIdentity } from '../checkpoints/warehouse-identity.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { OwnedCheckpoints } from '../checkpoints/owned-checkpoints.js';
import { streamedSince, streamingGroup } from '../checkpoints/streaming-group.js';
import { findRefused } from './refused-rows.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { leavesSessionUsable, transactionLost } from '../session/snowflake-error.js';
import { Stopwatch } from '../session/stopwatch.js';
import { checkSchema, deletePredecessorRows, predecessorRows } from '../schema/schema-check.js';
import { WriteSteps } from '../../write-steps.js';
import { NextBatchStaging, type Staged } from './next-batch-staging.js';
import { settle, transact, UnansweredCommit } from './transaction.js';
import { RowsRefused } from './insert-events.js';
import { WritingSessions } from './writing-sessions.js';

const LACKS_PRIVILEGE = '003001';
/** `operator schema` does not create this table, so its grants do not cover it. */
const GRANT_DELETE =
  `As the owner of the table: GRANT SELECT, DELETE ON TABLE ${STG_RAW_EVENTS_STREAM} TO ROLE <role of the service>, ` +
  'then restart the service; the rows do no harm';

/**
 * Snowflake as the warehouse: one transaction per batch, fenced by the checkpoints. After an error that leaves the
 * session unusable, it is discarded, and the next call opens another. While a batch is written, a second session may
 * begin the next one; the two sessions then swap roles.
 */
@Injectable()
export class SnowflakeRepository implements EventRepository {
  /** Whether {@link open} succeeded; a discarded session is then replaced. */
  #ready = false;
  /** The number of rows staged by the previous service, as of the last {@link open}. */
  #predecessorRows = 0;
  /** Serializes the calls: a close waits for the current one. */
  readonly #mutex = new Mutex();
  readonly #sessions: WritingSessions;
  readonly #ahead: NextBatchStaging;
  readonly #checkpoints: OwnedCheckpoints;

  constructor(private readonly options: SnowflakeOptions) {
    this.#checkpoints = new OwnedCheckpoints(options);
    this.#sessions = new WritingSessions(options, (session) => this.#checkpoints.form.prepare(session));
    this.#ahead = new NextBatchStaging(
      options,
      () => this.#sessions.open(),
      (session) => this.#sessions.end(session),
      (session) => this.#sessions.replace(session),
    );
  }

  /** Findings of the last {@link open} that do not prevent the service from starting. */
  get warnings(): readonly string[] {
    return warnings(this.#predecessorRows);
  }

  async open(): Promise<Fault[]> {
    return this.#mutex.run(async () => {
      this.#ready = false;
      this.#predecessorRows = 0;
      await this.#discardSessions();
      try {
        const session = await this.#sessions.current();
        await this.#checkpoints.open(session);
        const faults = await checkSchema(session, this.#checkpoints.form);
        if (faults.length > 0) {
          if (faults.some(({ code }) => code === LOCK_TIMED_OUT)) await this.#endAbandoned(session);
          await this.#discardSessions();
          return faults;
        }
        this.#predecessorRows = await predecessorRows(session);
        this.#ready = true;
        return [];
      } catch (error) {
        await this.#sessions.discardCurrent();
        return [toFault(error)];
      }
    });
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    // It belongs to the previous assignment.
    this.#ahead.drop();
    return this.#orFault((session) => this.#checkpoints.claim(session, partitions));
  }

  async identity(): Promise<string> {
    return this.#orFault((session) => warehouseIdentity(session, this.#checkpoints.form));
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return this.#orFault((session) => storedEnds(session, partitions));
  }

  async otherGroups(topic: string): Promise<string[]> {
    const groups = await this.groupsOf(topic);
    if (groups.includes(streamingGroup(this.options.consumerGroup))) throw streamedSince(topic);
    return groups;
  }

  /** As {@link otherGroups}, with the group under which Snowpipe Streaming has taken this group's checkpoints over. */
  async groupsOf(topic: string): Promise<string[]> {
    return this.#orFault((session) => this.#checkpoints.otherGroups(session, topic));
  }

  async write(batch: Batch): Promise<WriteResult> {
    const startedAt = performance.now();
    const steps = new WriteSteps();
    // Taken at once, because the next call may begin the batch after this one.
    const begun = this.#ahead.take(batch);
    const result = await this.#write(batch, startedAt, steps, begun).catch(
      (error: unknown): TransactionResult => ({
        kind: 'fault',
        fault: toFault(error),
      }),
    );
    if (result.kind !== 'stored') this.#ahead.drop();
    return { ...result, steps: steps.taken };
  }

  prepare(batch: Batch): void {
    if (this.#ready) this.#ahead.begin(batch);
  }

  async deletePredecessorRows(): Promise<number> {
    if (this.#predecessorRows === 0) return 0;
    try {
      const deleted = await this.#orFault((session) => deletePredecessorRows(session));
      this.#predecessorRows = 0;
      return deleted;
    } catch (error) {
      if (!(error instanceof FaultError) || error.fault.code !== LACKS_PRIVILEGE) throw error;
      throw new FaultError({ ...error.fault, remedy: GRANT_DELETE });
    }
  }

  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#ready = false;
      await this.#discardSessions();
    });
  }

  async #write(
    batch: Batch,
    startedAt: number,
    steps: WriteSteps,
    ahead: Promise<Staged | null>,
  ): Promise<TransactionResult> {
    try {
      return await this.#withSession(async (session, begun) => {
        const outcome = await this.#transact(session, batch, steps, begun);
        switch (outcome.kind) {
          case 'committed':
            return stored(startedAt);
          case 'moved':
            return { kind: 'stale', checkpoints: await this.#checkpoints.moved(session, batch.ranges) };
          case 'rejected':
          case 'already-stored':
            return outcome;
        }
      }, ahead);
    } catch (error) {
      if (!(error instanceof UnansweredCommit)) throw error;
      // A session opened after the COMMIT sees whether it took effect. Old checkpoints would prove nothing: then the batch
      // is retried, and the compare-and-set decides.
      const isSettled = await this.#withSession((session) =>
        this.#checkpoints.isSettled(session, batch.ranges),
      );
      if (isSettled) return stored(startedAt);
      throw error;
    }
  }

  async #transact(
    session: SnowflakeSession,
    batch: Batch,
    steps: WriteSteps,
    begun: Staged | null,
  ): ReturnType<typeof transact> {
    // Started before the lock is taken. A batch begun ahead can be lost earlier, but then its checkpoints show it.
    const stopwatch = new Stopwatch();
    if (begun !== null) steps.taken.push(...begun.steps.taken);
    try {
      const outcome =
        begun === null
          ? await transact(session, batch, this.options, this.#checkpoints.form, steps)
          : await settle(begun, batch, this.options, this.#checkpoints.form, steps);
      // COMMIT also succeeds without a transaction. Another owner that waited may have ended a transaction this slow.
      const unseenMs = Math.min(this.options.lockTimeoutSeconds, SHORTEST_LOCK_TIMEOUT_SECONDS) * 1_000;
      const mayBeEnded = stopwatch.elapsedMs() > unseenMs;
      if (
        outcome.kind === 'committed' &&
        mayBeEnded &&
        !(await this.#checkpoints.isSettled(session, batch.ranges))
      ) {
        throw transactionLost();
      }
      return outcome;
    } catch (error) {
      if (error instanceof RowsRefused && mayBeData(error)) {
        const rows = await findRefused(session, batch.rows);
        if (rows.length > 0) return { kind: 'rejected', rows };
      }
      throw error;
    }
  }

  /** @throws FaultError */
  async #orFault<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    try {
      return await this.#withSession(work);
    } catch (error) {
      throw new FaultError(toFault(error));
    }
  }

  /**
   * Discards the session after an error that leaves it unusable.
   *
   * @param ahead the part of the batch that was begun ahead, whose session has become the current one
   * @throws SnowflakeError, FaultError
   */
  async #withSession<T>(
    work: (session: SnowflakeSession, begun: Staged | null) => Promise<T>,
    ahead: Promise<Staged | null> = Promise.resolve(null),
  ): Promise<T> {
    return this.#mutex.run(async () => {
      if (!this.#ready) throw notOpen();
      try {
        const begun = await ahead;
        const session = await this.#sessions.current();
        try {
          return await work(session, begun);
        } catch (error) {
          if (!isLockTimeout(error)) throw await this.#causeOf(session, error);
          await this.#endAbandoned(session);
          throw error;
        }
      } catch (error) {
        if (!leavesSessionUsable(error)) await this.#sessions.discardCurrent();
        throw error;
      }
    });
  }

  async #endAbandoned(session: SnowflakeSession): Promise<void> {
    await this.#checkpoints.form.endAbandoned(session, this.options.lockTimeoutSeconds);
  }

  /** A statement may have failed because the checkpoints are no longer where this process knows them. */
  async #causeOf(session: SnowflakeSession, error: unknown): Promise<unknown> {
    return leavesSessionUsable(error) ? this.#checkpoints.causeOf(session, error) : error;
  }

  async #discardSessions(): Promise<void> {
    await this.#sessions.discardCurrent();
    await this.#ahead.end();
  }
}

function warnings(predecessorRows: number): string[] {
  if (predecessorRows === 0) return [];
  return [
    `${STG_RAW_EVENTS_STREAM} holds ${predecessorRows} rows of the service before this one. Their events are read ` +
      `again from Kafka; the rows are deleted once that service has left the consumer group`,
  ];
}

function stored(startedAt: number): TransactionResult {
  return { kind: 'stored', seconds: (performance.now() - startedAt) / 1000 };
}
