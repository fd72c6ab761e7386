/** Notices that the system's time of day was set back. Steps forward, and slow corrections, are none of its business. */
export class WallClock {
  #aheadMs = aheadMs();

  /** What is seen from now on is compared with now. */
  mark(): void {
    this.#aheadMs = aheadMs();
  }

  /** By how much it was set back since the mark, in milliseconds; below zero where it was set forward. */
  setBackMs(): number {
    return this.#aheadMs - aheadMs();
  }
}

/** The time of day, compared with a clock that nobody sets. */
function aheadMs(): number {
  return Date.now() - performance.now();
}
