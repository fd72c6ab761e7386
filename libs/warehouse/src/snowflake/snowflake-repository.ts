import {
  FaultError,
  partitionName,
  type Batch,
  type Checkpoint,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type WriteAnswer,
  type WriteResult,
} from '#pipeline';
import { STG_RAW_EVENTS_STREAM } from '../tables.js';
import { checkpointInUse, notOpen } from '../checkpoint-faults.js';
import { endAbandonedTransactions, SHORTEST_LOCK_TIMEOUT_SECONDS } from './abandoned-locks.js';
import { createCheckpoints, otherGroups, readCheckpoints, requireCheckpoints } from './checkpoints.js';
import { mayBeData, toFault } from './faults.js';
import { chooseListBind, type ListBind } from './list-bind.js';
import type { SnowflakeOptions } from './options.js';
import { findRefused } from './refused-rows.js';
import { Session } from './session.js';
import { leavesSessionUsable, SnowflakeError } from './snowflake-error.js';
import { CREATE_STAGING } from './statements.js';
import { checkSchema, deletePredecessorRows, predecessorRows } from './schema-check.js';
import { WriteSteps } from '../write-steps.js';
import { RowsRefused, rollingBack, transact, transactionLost, UnansweredCommit } from './transaction.js';

const LOCK_TIMEOUT = '000627';
const LACKS_PRIVILEGE = '003001';
/** The table is not one of those that `operator schema` makes, so its grants do not cover it. */
const GRANT_DELETE =
  `As the owner of the table: GRANT SELECT, DELETE ON TABLE ${STG_RAW_EVENTS_STREAM} TO ROLE <role of the service>, ` +
  'then restart the service; the rows do no harm';

/**
 * Snowflake as the warehouse: one session, one transaction for each batch, fenced by the checkpoints. A session
 * that failed with anything but an answer of Snowflake is thrown away, and the next call opens another.
 */
export class SnowflakeRepository implements EventRepository {
  /** Whether {@link open} found all in order; a session that was thrown away is then opened again. */
  #ready = false;
  #session: Session | null = null;
  /** Sessions that were thrown away, and whose end Snowflake has not acknowledged: they may hold locks. */
  #unended: Session[] = [];
  /** What the service before this one had staged when {@link open} looked. */
  #predecessorRows = 0;
  #lists: ListBind | null = null;
  /** The call under way: a close waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SnowflakeOptions) {}

  /** What the last {@link open} found that does not keep the service from starting, in words. */
  get warnings(): readonly string[] {
    return warnings(this.#predecessorRows);
  }

  async open(): Promise<Fault[]> {
    return this.#inTurn(async () => {
      this.#ready = false;
      this.#predecessorRows = 0;
      await this.#discardSession();
      try {
        const session = await this.#openSession();
        const faults = await checkSchema(session);
        if (faults.length > 0) {
          await this.#discardSession();
          return faults;
        }
        this.#predecessorRows = await predecessorRows(session);
        this.#ready = true;
        return [];
      } catch (error) {
        await this.#discardSession();
        return [toFault(error)];
      }
    });
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return this.#orFault(async (session) => {
      const { consumerGroup } = this.options;
      const held = await readCheckpoints(session, consumerGroup, partitions);
      const missing = partitions.filter((partition) => !held.has(partitionName(partition)));
      if (missing.length > 0) {
        await rollingBack(session, () => createCheckpoints(session, consumerGroup, missing));
      }
      return requireCheckpoints(session, consumerGroup, partitions);
    });
  }

  async otherGroups(topic: string): Promise<string[]> {
    return this.#orFault((session) => otherGroups(session, this.options.consumerGroup, topic));
  }

  async write(batch: Batch): Promise<WriteResult> {
    const startedAt = performance.now();
    const steps = new WriteSteps();
    const answer = await this.#write(batch, startedAt, steps).catch((error: unknown): WriteAnswer => ({
      kind: 'fault',
      fault: toFault(error),
    }));
    return { ...answer, steps: steps.taken };
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
    await this.#inTurn(async () => {
      this.#ready = false;
      await this.#discardSession();
    });
  }

  async #write(batch: Batch, startedAt: number, steps: WriteSteps): Promise<WriteAnswer> {
    try {
      return await this.#withSession(async (session) => {
        const outcome = await this.#transact(session, batch, steps);
        switch (outcome.kind) {
          case 'committed':
            return stored(startedAt);
          case 'moved':
            return { kind: 'stale', checkpoints: await this.#moved(session, batch) };
          case 'rejected':
          case 'already-stored':
            return outcome;
        }
      });
    } catch (error) {
      if (!(error instanceof UnansweredCommit)) throw error;
      // By a session that began after the COMMIT: it sees what was committed before it. Old checkpoints would prove
      // nothing: the batch is tried again, and the compare-and-set decides.
      if (await this.#withSession((session) => this.#isSettled(session, batch))) return stored(startedAt);
      throw error;
    }
  }

  async #transact(session: Session, batch: Batch, steps: WriteSteps): ReturnType<typeof transact> {
    const startedAtMs = Date.now();
    try {
      const outcome = await transact(session, batch, this.options, steps);
      // COMMIT says the same without a transaction. One that took so long may have been ended by whoever waited.
      const unseenMs = Math.min(this.options.lockTimeoutSeconds, SHORTEST_LOCK_TIMEOUT_SECONDS) * 1_000;
      const mayBeEnded = Date.now() - startedAtMs > unseenMs;
      if (outcome.kind === 'committed' && mayBeEnded && !(await this.#isSettled(session, batch))) {
        throw transactionLost();
      }
      return outcome;
    } catch (error) {
      if (error instanceof RowsRefused && mayBeData(error)) {
        const rows = await findRefused(session, batch.rows, this.options.maxBindBytes);
        if (rows.length > 0) return { kind: 'rejected', rows };
      }
      throw error;
    }
  }

  /** The checkpoints that are not where the batch starts from. */
  async #moved(session: Session, { ranges }: Batch): Promise<Checkpoint[]> {
    const held = await requireCheckpoints(session, this.options.consumerGroup, ranges);
    const moved = held.filter(({ nextOffset }, index) => nextOffset !== ranges[index]?.from);
    if (moved.length === 0) throw checkpointInUse();
    return moved;
  }

  /** Whether every checkpoint is where the batch ends. */
  async #isSettled(session: Session, { ranges }: Batch): Promise<boolean> {
    const held = await requireCheckpoints(session, this.options.consumerGroup, ranges);
    return held.every(({ nextOffset }, index) => nextOffset === ranges[index]?.to);
  }

  /** @throws FaultError */
  async #orFault<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#withSession(work);
    } catch (error) {
      throw new FaultError(toFault(error));
    }
  }

  /**
   * Throws away the session after an error that leaves it unusable.
   *
   * @throws SnowflakeError, FaultError
   */
  async #withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      if (!this.#ready) throw notOpen();
      try {
        const session = this.#session ?? (await this.#openSession());
        try {
          return await work(session);
        } catch (error) {
          if (isLockTimeout(error)) await endAbandonedTransactions(session, this.options.lockTimeoutSeconds);
          throw error;
        }
      } catch (error) {
        if (!leavesSessionUsable(error)) await this.#discardSession();
        throw error;
      }
    });
  }

  async #openSession(): Promise<Session> {
    const session = await Session.open(this.options);
    // The way to Snowflake is open again: what could not be ended before can be now.
    await Promise.all(this.#unended.splice(0).map((old) => old.end()));
    try {
      session.lists = this.#lists ??= await chooseListBind(session);
      await session.execute(CREATE_STAGING);
    } catch (error) {
      // Without its staging table it is of no use to any later batch.
      if (!(await session.end())) this.#unended.push(session);
      throw error;
    }
    this.#session = session;
    return session;
  }

  async #discardSession(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session !== null && !(await session.end())) this.#unended.push(session);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

function warnings(predecessorRows: number): string[] {
  if (predecessorRows === 0) return [];
  return [
    `${STG_RAW_EVENTS_STREAM} holds ${predecessorRows} rows of the service before this one. Their events are read ` +
      `again from Kafka; the rows are deleted once that service is no member of the consumer group`,
  ];
}

function stored(startedAt: number): WriteAnswer {
  return { kind: 'stored', seconds: (performance.now() - startedAt) / 1000 };
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof SnowflakeError && error.code === LOCK_TIMEOUT;
}
