import { setTimeout as delay } from 'node:timers/promises';
import { FaultError } from '#pipeline';
import { Mutex } from '../../mutex.js';
import type { ChannelStatus, StreamingClient } from '../rest/streaming-client.js';
import { isFenced, isInvalidated, StreamingError } from '../rest/streaming-error.js';

/** Snowflake accepts 10 requests a second for a channel. */
const LEAST_GAP_MS = 100;

/** What an append carries. */
export interface Chunk {
  body: Uint8Array<ArrayBuffer>;
  /** The size before compression. */
  bytes: number;
}

/** A failed channel, and when it may be opened again, on the monotonic clock. */
interface Failure {
  error: StreamingError;
  reopenAt: number;
}

/**
 * One channel of Snowpipe Streaming, which appends in order. The offset token of an append is its number in the channel,
 * which never goes back, and a text of the caller. So the committed token tells exactly which appends are committed.
 */
export class Channel {
  #continuationToken = '';
  #appended = 0;
  #committed = 0;
  #text: string | null = null;
  #failure: Failure | null = null;
  #refused = 0;
  #refusal: string | null = null;
  #lastAppendAt = -Infinity;
  readonly #mutex = new Mutex();

  /** @param fencePauseMs how long to wait before opening a channel again that another owner may have opened */
  constructor(
    private readonly client: StreamingClient,
    readonly pipe: string,
    readonly name: string,
    private readonly fencePauseMs: number,
  ) {}

  /** The text of the last committed append; null if there is none. */
  get text(): string | null {
    return this.#text;
  }

  /** The number of the last append. */
  get appended(): number {
    return this.#appended;
  }

  /** The number of rows that Snowflake has refused since the channel was created. */
  get refused(): number {
    return this.#refused;
  }

  get refusal(): string {
    return this.#refusal ?? 'no reason given';
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Why the channel must not be opened yet, and for how long: another owner may have opened it. Null if it may be. */
  get closedFor(): { error: StreamingError; ms: number } | null {
    if (this.#failure === null) return null;
    const ms = this.#failure.reopenAt - performance.now();
    return ms > 0 ? { error: this.#failure.error, ms } : null;
  }

  /** @throws StreamingError if the channel has to be opened again */
  requireUsable(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Fences the previous owner, and discards what was not committed. */
  async open(): Promise<void> {
    await this.#mutex.run(async () => {
      const { continuationToken, status } = await this.client.open(this.pipe, this.name);
      this.#continuationToken = continuationToken;
      this.#failure = null;
      this.#note(status);
      this.#appended = this.#committed;
    });
  }

  /**
   * Returns the number of the append, which {@link isCommitted} takes.
   *
   * @param text becomes part of the committed token
   * @throws StreamingError
   */
  async append({ body, bytes }: Chunk, text: string): Promise<number> {
    return this.#mutex.run(async () => {
      this.requireUsable();
      await delay(Math.max(0, this.#lastAppendAt + LEAST_GAP_MS - performance.now()));
      const number = this.#appended + 1;
      const token = `${number}:${text}`;
      try {
        this.#continuationToken = await this.client.append(this.pipe, this.name, {
          continuationToken: this.#continuationToken,
          startToken: token,
          endToken: token,
          body,
          bytes,
        });
      } catch (error) {
        if (error instanceof StreamingError) this.fail(error);
        throw error;
      } finally {
        this.#lastAppendAt = performance.now();
      }
      this.#appended = number;
      return number;
    });
  }

  isCommitted(append: number): boolean {
    return this.#committed >= append;
  }

  /** Takes a status that was asked for; undefined if Snowflake does not know the channel. */
  note(status: ChannelStatus | undefined): void {
    if (status === undefined) {
      this.fail(new StreamingError('ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED', '', true));
      return;
    }
    this.#note(status);
    if (!status.isUsable) this.fail(new StreamingError('ERR_CHANNEL_MUST_BE_REOPENED', '', true));
  }

  /**
   * Marks the channel as one that has to be opened again. Where another owner may have opened it, that waits until the
   * consumer group would have told this member that it is no longer the owner.
   */
  fail(error: StreamingError): void {
    if (error.isAnswer && !isFenced(error) && !isInvalidated(error) && error.code !== 'APPEND_UNANSWERED')
      return;
    const pauseMs = isInvalidated(error) ? 0 : this.fencePauseMs;
    this.#failure ??= { error, reopenAt: performance.now() + pauseMs };
  }

  #note({ committedToken, refused, refusal }: ChannelStatus): void {
    this.#refused = refused;
    this.#refusal = refusal;
    if (committedToken === null) {
      this.#committed = 0;
      this.#text = null;
      return;
    }
    const [, number = '', text = ''] = /^(\d+):(.*)$/.exec(committedToken) ?? [];
    if (number === '') throw foreignToken(this, committedToken);
    this.#committed = Number(number);
    this.#text = text;
  }
}

function foreignToken({ pipe, name }: Channel, token: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'FOREIGN_TOKEN',
    message: `Snowpipe Streaming: channel ${name} of ${pipe} has the offset token ${token.slice(0, 100)}, which this service did not write`,
    remedy: 'Stop whatever else writes to this channel, drop the channel, and restart the service',
  });
}
