/** Seeded random numbers: the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1), by mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`, both inclusive. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError if there is nothing to pick from */
  pick<T>(from: readonly T[]): T {
    return pickAt(from, this.next());
  }

  /** Exponentially distributed, like the time between independent events. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
}

/** @param share in [0, 1). @throws RangeError if there is nothing to pick from */
export function pickAt<T>(from: readonly T[], share: number): T {
  const index = Math.floor(share * from.length);
  if (index >= from.length) throw new RangeError('there is nothing to pick from');
  return from[index] as T;
}
