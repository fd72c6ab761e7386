const MOST_GUESSES = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten. */
const MOST_ADDRESSES = 1_000;

interface Guesses {
  count: number;
  endsAtMs: number;
}

/** Counts wrong tokens. After ten within a minute, an address has to wait until that minute ends. */
export class GuessLimit {
  readonly #guesses = new Map<string, Guesses>();

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Seconds until the address may try again; 0 if it may now. */
  waitSeconds(address: string): number {
    const guesses = this.#current(address);
    if (guesses === null || guesses.count < MOST_GUESSES) return 0;
    return Math.ceil((guesses.endsAtMs - this.now()) / 1_000);
  }

  /** Returns how often the address was wrong within this minute. */
  addWrong(address: string): number {
    const { count, endsAtMs } = this.#current(address) ?? { count: 0, endsAtMs: this.now() + WINDOW_MS };
    this.#guesses.set(address, { count: count + 1, endsAtMs });
    const [oldest] = this.#guesses.keys();
    if (this.#guesses.size > MOST_ADDRESSES && oldest !== undefined) this.#guesses.delete(oldest);
    return count + 1;
  }

  #current(address: string): Guesses | null {
    const guesses = this.#guesses.get(address);
    if (guesses === undefined) return null;
    if (guesses.endsAtMs > this.now()) return guesses;
    this.#guesses.delete(address);
    return null;
  }
}
