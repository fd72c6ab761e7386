import type { Batch } from '#pipeline';
import { Mutex } from '../../mutex.js';
import { WriteSteps } from '../../write-steps.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';
import { begin, type Begun } from './transaction.js';

/** After a failure, leaves the batches that are being written undisturbed. */
const PAUSE_MS = 30_000;

/** A batch whose open transaction lacks only its checkpoints and COMMIT, and the steps done so far. */
export type Staged = Begun & { steps: WriteSteps };

/**
 * Begins the next batch on a second session: its rows are sent while the batch before it waits for its own statements.
 * The lock is held no longer than with one session. Only an optimization: after a failure here the write starts over, and
 * reports its own result.
 */
export class NextBatchStaging {
  #next: { batch: Batch; staged: Promise<Staged | null> } | null = null;
  #idle: SnowflakeSession | null = null;
  #pausedUntil = 0;
  /** Serializes the use of the session. */
  readonly #mutex = new Mutex();

  /** @param change passes on the session of a batch that is taken, and returns the session that this frees, if any */
  constructor(
    private readonly options: SnowflakeOptions,
    private readonly open: () => Promise<SnowflakeSession>,
    private readonly discard: (session: SnowflakeSession) => Promise<void>,
    private readonly change: (session: SnowflakeSession) => SnowflakeSession | null,
  ) {}

  /** Begins this batch, instead of any other. */
  begin(batch: Batch): void {
    if (this.#next?.batch === batch || performance.now() < this.#pausedUntil) return;
    this.drop();
    this.#next = { batch, staged: this.#mutex.run(() => this.#stage(batch)) };
  }

  /** Returns the batch's open transaction, whose session now belongs to the caller; null if the caller has to begin. */
  async take(batch: Batch): Promise<Staged | null> {
    const next = this.#next;
    if (next?.batch !== batch) {
      this.drop();
      return null;
    }
    this.#next = null;
    // Serialized: the next batch needs the other session.
    return this.#mutex.run(async () => {
      const staged = await next.staged;
      if (staged !== null) this.#idle = this.change(staged.session);
      return staged;
    });
  }

  /** Rolls back what was begun. */
  drop(): void {
    const next = this.#next;
    this.#next = null;
    if (next === null) return;
    void this.#mutex.run(async () => {
      const staged = await next.staged;
      if (staged !== null) await this.#rollBack(staged.session);
    });
  }

  async end(): Promise<void> {
    this.drop();
    await this.#mutex.run(async () => {
      const session = this.#idle;
      this.#idle = null;
      if (session !== null) await this.discard(session);
    });
  }

  async #stage(batch: Batch): Promise<Staged | null> {
    const steps = new WriteSteps();
    let session: SnowflakeSession | null = null;
    try {
      session = this.#idle ?? (await this.open());
      this.#idle = null;
      const begun = await begin(session, batch, this.options, steps);
      if ('mark' in begun) return { ...begun, steps };
      this.#idle = session;
    } catch (error) {
      this.#pausedUntil = performance.now() + PAUSE_MS;
      if (session !== null) await this.#keepOrDiscard(session, error);
    }
    return null;
  }

  async #rollBack(session: SnowflakeSession): Promise<void> {
    try {
      await session.execute('ROLLBACK');
      this.#idle = session;
    } catch (error) {
      await this.#keepOrDiscard(session, error);
    }
  }

  async #keepOrDiscard(session: SnowflakeSession, error: unknown): Promise<void> {
    if (leavesSessionUsable(error)) this.#idle = session;
    else await this.discard(session);
  }
}
