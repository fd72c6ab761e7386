/** After this time of silence the same thing is news again. */
const QUIET_MS = 600_000;
const MOST_KEPT = 200;

/** Tells whether something that goes on is worth another line: the 1st, 2nd, 4th, 8th, ... time it is. */
export class Repetition {
  readonly #seen = new Map<string, { times: number; lastAt: number }>();

  /** Notes that it happened again; answers how often by now, or null where that is not worth a line. */
  note(what: string, now = performance.now()): number | null {
    this.#forgetQuiet(now);
    const times = (this.#seen.get(what)?.times ?? 0) + 1;
    this.#seen.delete(what);
    this.#seen.set(what, { times, lastAt: now });
    return Number.isInteger(Math.log2(times)) ? times : null;
  }

  /** It is over: the next time is the first. */
  forget(isOver: (what: string) => boolean): void {
    for (const what of this.#seen.keys()) if (isOver(what)) this.#seen.delete(what);
  }

  /** Drops what has not happened for long, and the oldest where there is too much; the map is in that order. */
  #forgetQuiet(now: number): void {
    for (const [what, { lastAt }] of this.#seen) {
      if (now - lastAt < QUIET_MS && this.#seen.size < MOST_KEPT) return;
      this.#seen.delete(what);
    }
  }
}
