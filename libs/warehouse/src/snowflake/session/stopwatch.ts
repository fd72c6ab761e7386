/**
 * How long something took at the least, for others may count the time by another clock: the time of day can be set
 * back, and the timer stands still while the machine is suspended.
 */
export class Stopwatch {
  readonly #wallMs = Date.now();
  readonly #timerMs = performance.now();

  elapsedMs(): number {
    return Math.max(Date.now() - this.#wallMs, performance.now() - this.#timerMs);
  }
}
