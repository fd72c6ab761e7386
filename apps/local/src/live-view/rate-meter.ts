/** How fast a growing number grows, over the last seconds. */
export class RateMeter {
  readonly #samples: { value: number; atSeconds: number }[] = [];

  constructor(private readonly windowSeconds = 5) {}

  /** @param atSeconds on a clock that never goes back */
  add(value: number, atSeconds: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && last.atSeconds >= atSeconds) return;
    this.#samples.push({ value, atSeconds });
    while (this.#samples.length > 2 && (this.#samples[1]?.atSeconds ?? 0) <= atSeconds - this.windowSeconds) {
      this.#samples.shift();
    }
  }

  /** 0 until there are two samples. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || first === last) return 0;
    return (last.value - first.value) / (last.atSeconds - first.atSeconds);
  }
}
