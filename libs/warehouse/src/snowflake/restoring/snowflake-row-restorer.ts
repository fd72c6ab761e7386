import { setTimeout as delay } from 'node:timers/promises';
import type { Batch, Fault, TopicPartition } from '#pipeline';
import type { RestoreResult, RowRestorer } from '../../restoring/row-restorer.js';
import { StoredOffsets } from '../../restoring/stored-offsets.js';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '../../tables.js';
import { WriteSteps } from '../../write-steps.js';
import type { CheckpointForm } from '../checkpoints/checkpoint-form.js';
import { findForm } from '../checkpoints/find-form.js';
import { StandardCheckpoints } from '../checkpoints/standard-checkpoints.js';
import { mayBeData, toFault } from '../session/faults.js';
import { rollingBack } from '../session/rolling-back.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { leavesSessionUsable, transactionLost } from '../session/snowflake-error.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { Stopwatch } from '../session/stopwatch.js';
import { SHORTEST_LOCK_TIMEOUT_SECONDS } from '../writing/abandoned-locks.js';
import { RowsRefused } from '../writing/insert-events.js';
import { noteStored } from '../writing/redrives.js';
import { findRefused } from '../writing/refused-rows.js';
import { begin, type Begun } from '../writing/transaction.js';
import { WritingSessions } from '../writing/writing-sessions.js';
import { keepToken, takeToken } from './restoring-token.js';

/** The query reads the metadata of all events. */
const LONGEST_LOOK_SECONDS = 3_600;

/** Binds: topic. The numbers are our own. */
const storedOffsets = (table: string, partition: number, from: number, to: number): string => `
  SELECT TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) AS O FROM ${table}
  WHERE EVENT_METADATA:topic::VARCHAR = ? AND TRY_TO_NUMBER(EVENT_METADATA:partition::VARCHAR) = ${partition}
    AND TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) >= ${from}
    AND TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) < ${to}`;

/** Longer than a query may miss what another session has committed; see READ_CONSISTENCY_MODE. */
const READS_SETTLE_MS = 5_000;

/** What the present session relies on. */
interface Ownership {
  form: CheckpointForm;
  token: number;
  stored: StoredOffsets;
}

/** Restores rows by SQL, whichever of the two engines writes the events. */
export class SnowflakeRowRestorer implements RowRestorer {
  readonly #sessions: WritingSessions;
  #form: CheckpointForm = new StandardCheckpoints();
  #owned: Ownership | null = null;

  /** @param readsSettleMs how long to wait until what other restorers have committed is seen */
  constructor(
    private readonly options: SnowflakeOptions,
    private readonly readsSettleMs = READS_SETTLE_MS,
  ) {
    this.#sessions = new WritingSessions(options, async (session) => {
      this.#form = await findForm(session, options);
    });
  }

  async open(): Promise<Fault[]> {
    try {
      await this.#own();
      return [];
    } catch (error) {
      await this.#discard();
      return [toFault(error)];
    }
  }

  async restore(batch: Batch): Promise<RestoreResult> {
    try {
      const owned = await this.#own();
      const { batch: missing, indexes } = await owned.stored.missingOf(batch);
      const { rows, deadLetters } = missing;
      if (rows.length + deadLetters.length === 0) return { kind: 'restored', rows: 0, deadLetters: 0 };
      const outcome = await this.#write(missing, owned);
      const given = (index: number) => indexes[index] ?? index;
      if (outcome.kind === 'rejected')
        return { ...outcome, rows: outcome.rows.map((row) => ({ ...row, index: given(row.index) })) };
      if (outcome.kind === 'already-stored') return { ...outcome, indexes: outcome.indexes.map(given) };
      this.#owned?.stored.add(missing);
      return outcome;
    } catch (error) {
      // After a COMMIT without a response the next session has to begin after that transaction.
      if (!leavesSessionUsable(error)) await this.#discard();
      return { kind: 'fault', fault: toFault(error) };
    }
  }

  async close(): Promise<void> {
    await this.#discard();
  }

  async #write(missing: Batch, owned: Ownership): Promise<Exclude<RestoreResult, { kind: 'fault' }>> {
    const { rows, deadLetters } = missing;
    const session = await this.#sessions.current();
    const stopwatch = new Stopwatch();
    try {
      const begun = await begin(session, missing, this.options, new WriteSteps());
      if (!('mark' in begun)) return begun;
      const indexes = await this.#settle(begun, missing, owned);
      if (indexes.length > 0) return { kind: 'already-stored', indexes };
      const isSlow = stopwatch.elapsedMs() > SHORTEST_LOCK_TIMEOUT_SECONDS * 1_000;
      if (isSlow && !(await this.#isStored(missing))) throw transactionLost();
      return { kind: 'restored', rows: rows.length, deadLetters: deadLetters.length };
    } catch (error) {
      if (error instanceof RowsRefused && mayBeData(error)) {
        const refused = await findRefused(session, rows);
        if (refused.length > 0) return { kind: 'rejected', rows: refused };
      }
      throw error;
    }
  }

  async #settle({ session, mark }: Begun, { rows }: Batch, { form, token }: Ownership): Promise<number[]> {
    return rollingBack(session, async () => {
      await form.takeCommonLock(session);
      await keepToken(session, form, token, mark);
      const indexes = await noteStored(session, rows, mark);
      await session.execute(indexes.length > 0 ? 'ROLLBACK' : 'COMMIT');
      return indexes;
    });
  }

  /** COMMIT also succeeds without a transaction, which others may have ended if it was slow. */
  async #isStored(missing: Batch): Promise<boolean> {
    await this.#discard();
    const { stored } = await this.#own();
    return (await stored.missingOf(missing)).indexes.length === 0;
  }

  /** Becomes the present restorer once for each session. Only then does it read what is stored. */
  async #own(): Promise<Ownership> {
    if (this.#owned !== null) return this.#owned;
    await this.#sessions.discardCurrent();
    const token = await takeToken(await this.#sessions.current(), this.#form);
    await delay(this.readsSettleMs);
    const session = await this.#sessions.current();
    const stored = new StoredOffsets((at, from, to) => this.#offsets(session, at, from, to));
    return (this.#owned = { form: this.#form, token, stored });
  }

  async #offsets(
    session: SnowflakeSession,
    { topic, partition }: TopicPartition,
    from: number,
    to: number,
  ): Promise<number[]> {
    const found: number[] = [];
    for (const table of [RAW_EVENTS_STREAM.name, SALES_EVENTS_DLQ.name]) {
      const sql = storedOffsets(table, partition, from, to);
      const rows = await session.slowQuery(sql, [topic], LONGEST_LOOK_SECONDS);
      for (const { O } of rows) found.push(Number(O));
    }
    return found;
  }

  async #discard(): Promise<void> {
    this.#owned = null;
    await this.#sessions.discardCurrent();
  }
}
