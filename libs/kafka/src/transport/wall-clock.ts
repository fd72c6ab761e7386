/** Detects that the system clock was set back. Forward steps are ignored. */
export class WallClock {
  #aheadMs = aheadMs();

  /** Sets the reference for {@link setBackMs}. */
  mark(): void {
    this.#aheadMs = aheadMs();
  }

  /** By how much the clock was set back since the mark, in milliseconds; negative if it was set forward. */
  setBackMs(): number {
    return this.#aheadMs - aheadMs();
  }
}

/** How far the system clock is ahead of the monotonic clock. */
function aheadMs(): number {
  return Date.now() - performance.now();
}
