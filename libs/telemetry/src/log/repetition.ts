/** After this time without a repetition, counting starts over. */
const QUIET_MS = 600_000;
const MOST_KEPT = 200;

/** Decides whether a repetition is worth a log line: the 1st, 2nd, 4th, 8th, ... time is. */
export class Repetition {
  readonly #seen = new Map<string, { times: number; lastAt: number }>();

  /** Counts a repetition. Returns the count if it is worth a log line, otherwise null. */
  note(what: string, now = performance.now()): number | null {
    this.#forgetQuiet(now);
    const times = (this.#seen.get(what)?.times ?? 0) + 1;
    this.#seen.delete(what);
    this.#seen.set(what, { times, lastAt: now });
    return Number.isInteger(Math.log2(times)) ? times : null;
  }

  /** Forgets what is over, so that its next time is the first. */
  forget(isOver: (what: string) => boolean): void {
    for (const what of this.#seen.keys()) if (isOver(what)) this.#seen.delete(what);
  }

  /** Drops entries that have been quiet for long, and the oldest if there are too many. The map is in that order. */
  #forgetQuiet(now: number): void {
    for (const [what, { lastAt }] of this.#seen) {
      if (now - lastAt < QUIET_MS && this.#seen.size < MOST_KEPT) return;
      this.#seen.delete(what);
    }
  }
}
