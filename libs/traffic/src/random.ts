/** Reproducible random numbers (sfc32, 128 bits of state): one seed, one sequence. */
export class Random {
  #a = 0;
  #b = 0;
  #c: number;
  #counter = 1;

  /** @param seed an unsigned 32-bit integer */
  constructor(seed: number) {
    this.#c = seed;
    // The first numbers of similar seeds are similar; some rounds separate them.
    for (let round = 0; round < 15; round += 1) this.uint32();
  }

  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** At least 0, below 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** An integer in [min, max]. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  /** True in `share` (0 to 1) of all calls. */
  chance(share: number): boolean {
    return this.fraction() < share;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new RangeError('There is nothing to pick from.');
    return item;
  }

  /** A random item, with probabilities in proportion to the weights. */
  weighted<T>(choices: readonly (readonly [T, weight: number])[]): T {
    let rest = this.fraction() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of choices) {
      rest -= weight;
      if (rest < 0) return item;
    }
    throw new RangeError('There is nothing to choose from.');
  }

  /** A random UUID (version 4). */
  uuid(): string {
    const hex = this.#hex() + this.#hex() + this.#hex() + this.#hex();
    const variant = '89ab'.charAt(parseInt(hex.charAt(16), 16) % 4);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #hex(): string {
    return this.uint32().toString(16).padStart(8, '0');
  }
}
