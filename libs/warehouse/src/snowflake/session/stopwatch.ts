/**
 * Measures elapsed time as the larger of two clocks: the wall clock can be set back, and the monotonic timer stops
 * while the machine is suspended.
 */
export class Stopwatch {
  readonly #wallMs = Date.now();
  readonly #timerMs = performance.now();

  elapsedMs(): number {
    return Math.max(Date.now() - this.#wallMs, performance.now() - this.#timerMs);
  }
}
