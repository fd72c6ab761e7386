/** The coordinates of a row's message. */
export interface Place {
  partition: number;
  offset: number;
}

/** How long each partition got no new row under constant traffic. */
export class PauseWatch {
  readonly #lastMs = new Map<number, number>();
  readonly #rows = new Map<number, number>();
  longestMs = 0;

  constructor(private readonly places: () => Place[]) {}

  look(): void {
    const now = performance.now();
    for (const [partition, rows] of Map.groupBy(this.places(), (place) => place.partition)) {
      if (rows.length === this.#rows.get(partition)) continue;
      const before = this.#lastMs.get(partition);
      if (before !== undefined) this.longestMs = Math.max(this.longestMs, now - before);
      this.#lastMs.set(partition, now);
      this.#rows.set(partition, rows.length);
    }
  }
}
