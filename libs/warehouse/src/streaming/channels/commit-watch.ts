import { setTimeout as delay } from 'node:timers/promises';
import type { StreamingClient } from '../rest/streaming-client.js';
import { StreamingError } from '../rest/streaming-error.js';
import type { Channel } from './channel.js';

/** An append that has to be committed. */
export interface Awaited {
  channel: Channel;
  append: number;
}

/** Commits take 5 to 10 seconds. The longer one takes already, the longer the pause until the next question. */
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** Asks Snowflake for the state of channels until what they accepted is committed. */
export class CommitWatch {
  constructor(
    private readonly client: StreamingClient,
    private readonly longestMs: number,
  ) {}

  /**
   * Resolves when all of these appends are committed.
   *
   * @throws StreamingError if a channel fails; NOT_COMMITTED if it takes too long: Snowflake may have lost the rows
   */
  async committed(awaited: readonly Awaited[]): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      const open = awaited.filter(({ channel, append }) => !channel.isCommitted(append));
      if (open.length === 0) return;
      const pauseMs = (performance.now() - startedAt) / 2;
      await delay(Math.min(Math.max(SHORTEST_PAUSE_MS, pauseMs), LONGEST_PAUSE_MS));
      await this.#ask(open.map(({ channel }) => channel));
      const isLate = performance.now() - startedAt > this.longestMs;
      for (const { channel, append } of open) {
        if (isLate && !channel.isCommitted(append)) {
          channel.fail(new StreamingError('NOT_COMMITTED', '', false));
        }
        channel.requireUsable();
      }
    }
  }

  async #ask(channels: readonly Channel[]): Promise<void> {
    const byPipe = Map.groupBy(new Set(channels), ({ pipe }) => pipe);
    await Promise.all(
      [...byPipe].map(async ([pipe, own]) => {
        const statuses = await this.client.statuses(
          pipe,
          own.map(({ name }) => name),
        );
        for (const channel of own) channel.note(statuses.get(channel.name));
      }),
    );
  }
}
