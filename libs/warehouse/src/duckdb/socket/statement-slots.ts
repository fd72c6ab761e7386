/**
 * Limits how many statements run at the same time. Each occupies one of the four threads that Node has for all file
 * access of the process.
 */
export class StatementSlots {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(statement: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.free--;
    try {
      return await statement();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
