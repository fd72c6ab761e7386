import { BindLimit } from '../binding/bind-limit.js';
import { chooseListBinding } from '../binding/list-binding.js';
import { ListSender } from '../binding/list-sender.js';
import type { SnowflakeOptions } from '../session/session-options.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { CREATE_STAGING } from './statements.js';

/** The sessions that write batches: the current one, and those that are opened beside it. */
export class WritingSessions {
  #current: SnowflakeSession | null = null;
  /** Discarded sessions whose end Snowflake has not confirmed: they may hold locks. */
  #unended: SnowflakeSession[] = [];
  /** Of all sessions: what one has learned about the server holds for the others. */
  #lists: ListSender | null = null;

  /** @param prepare runs on each new session, after its staging table was created */
  constructor(
    private readonly options: SnowflakeOptions,
    private readonly prepare: (session: SnowflakeSession) => Promise<void>,
  ) {}

  /** Returns the current session; opens one if there is none. */
  async current(): Promise<SnowflakeSession> {
    return (this.#current ??= await this.open());
  }

  /** Makes this session the current one, and returns the one before. */
  replace(session: SnowflakeSession): SnowflakeSession | null {
    const before = this.#current;
    this.#current = session;
    return before;
  }

  /** Opens a session beside the current one. */
  async open(): Promise<SnowflakeSession> {
    const session = await SnowflakeSession.open(this.options);
    // Snowflake is reachable again, so sessions that could not be ended before can be ended now.
    await Promise.all(this.#unended.splice(0).map((old) => old.end()));
    try {
      this.#lists ??= new ListSender(
        await chooseListBinding(session),
        new BindLimit(this.options.maxBindBytes),
      );
      session.lists = this.#lists;
      await session.execute(CREATE_STAGING);
      await this.prepare(session);
    } catch (error) {
      // Without its staging table the session is useless.
      await this.end(session);
      throw error;
    }
    return session;
  }

  /** Ends the current session. The next call of {@link current} opens another. */
  async discardCurrent(): Promise<void> {
    const session = this.#current;
    this.#current = null;
    if (session !== null) await this.end(session);
  }

  async end(session: SnowflakeSession): Promise<void> {
    if (!(await session.end())) this.#unended.push(session);
  }
}
