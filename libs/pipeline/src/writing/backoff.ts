import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../model/fault.js';

const FIRST_MS = { transient: 250, setup: 2_000 } as const;
const LONGEST_MS = { transient: 15_000, setup: 30_000 } as const;

/**
 * Exponential backoff with jitter: each wait is up to twice as long as the previous one, up to a limit. The jitter
 * within the upper half keeps many pods from retrying at the same moment.
 */
export class Backoff {
  #tries = 0;

  /** Returns the milliseconds to wait after another failure of this class. */
  next(faultClass: Fault['class']): number {
    const longest = Math.min(FIRST_MS[faultClass] * 2 ** this.#tries, LONGEST_MS[faultClass]);
    this.#tries += 1;
    return Math.round(longest * (0.5 + Math.random() / 2));
  }

  get tries(): number {
    return this.#tries;
  }
}

/**
 * Waits, or returns early when the signal fires.
 *
 * @param keepsAlive whether the process must not end meanwhile
 */
export async function pause(ms: number, signal: AbortSignal, keepsAlive = true): Promise<void> {
  await delay(ms, undefined, { signal, ref: keepsAlive }).catch(() => undefined);
}
