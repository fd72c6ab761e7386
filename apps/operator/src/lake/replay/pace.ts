import { setTimeout as delay } from 'node:timers/promises';

/** Keeps records to a rate: waits once they are ahead of it. */
export class Pace {
  #records = 0;
  readonly #startedAt = performance.now();

  /** @param rate records per second; Infinity for no limit */
  constructor(
    private readonly rate: number,
    private readonly stop: AbortSignal,
  ) {}

  /** Notes that records were taken, and resolves when the next ones may be. */
  async taken(records: number): Promise<void> {
    this.#records += records;
    const dueMs = (this.#records / this.rate) * 1_000 - (performance.now() - this.#startedAt);
    if (dueMs > 0) await delay(dueMs, undefined, { signal: this.stop }).catch(() => undefined);
  }
}
