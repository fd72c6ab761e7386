/** A total at some moment, on the monotonic clock in milliseconds. */
export interface Reading {
  total: number;
  at: number;
}

/** A rate over less time would only show when the totals were read. */
const LEAST_SPAN_MS = 1_000;

/** How fast totals grow, each over its newest readings. */
export class Growth {
  readonly #readings = new Map<string, Reading[]>();

  /** @param windowMs the time that a rate covers, as soon as there are readings for it */
  constructor(private readonly windowMs: number) {}

  /** Takes the newest reading of every total; forgets totals that are no longer read. */
  note(newest: ReadonlyMap<string, Reading>): void {
    for (const name of this.#readings.keys()) if (!newest.has(name)) this.#readings.delete(name);
    for (const [name, reading] of newest) this.#add(name, reading);
  }

  /** The sum of all rates; null if there is no total, or one of them has no rate yet. */
  perSecond(): number | null {
    const rates = [...this.#readings.keys()].map((name) => this.perSecondOf(name));
    if (rates.length === 0) return null;
    return rates.reduce<number | null>((sum, rate) => (sum === null || rate === null ? null : sum + rate), 0);
  }

  perSecondOf(name: string): number | null {
    const readings = this.#readings.get(name);
    const [first, last] = [readings?.at(0), readings?.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < LEAST_SPAN_MS) return null;
    return (1000 * (last.total - first.total)) / (last.at - first.at);
  }

  #add(name: string, reading: Reading): void {
    const readings = this.#readings.get(name) ?? [];
    this.#readings.set(name, readings);
    const last = readings.at(-1);
    if (last !== undefined && reading.at <= last.at) return;
    // A log that was recreated, or a checkpoint that was moved, begins anew.
    if (last !== undefined && reading.total < last.total) readings.length = 0;
    readings.push(reading);
    while ((readings[1]?.at ?? Infinity) <= reading.at - this.windowMs) readings.shift();
  }
}
