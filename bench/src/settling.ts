import type { Mark } from './mark.js';
import type { Measurement } from './measurement.js';
import type { Usage } from './usage.js';

const STALL_MS = 60_000;
const MEBIBYTE = 1024 * 1024;
/** What is left when fewer than this wait is no full batch any more, and waits for its time, not for work. */
const SMALLEST_BATCH = 100;

interface Point {
  timeMs: number;
  events: number;
  usage: Usage | null;
}

/** How a backlog goes down, as its processes tell. */
export class Settling {
  readonly #settled: number[];
  readonly #finished = Promise.withResolvers<void>();
  readonly #watch: NodeJS.Timeout;
  readonly #rssByTenth = Array.from({ length: 10 }, () => 0);
  #lastMarkAt = performance.now();
  #first: Point | null = null;
  #last: Point | null = null;

  constructor(
    processes: number,
    private readonly events: number,
    private readonly usage: () => Usage | null,
  ) {
    this.#settled = Array.from({ length: processes }, () => 0);
    this.#watch = setInterval(() => {
      if (performance.now() - this.#lastMarkAt < STALL_MS) return;
      this.#finished.reject(new Error(`settled ${this.#total} of ${this.events} events, then no more`));
    }, 1_000);
  }

  /** Resolves when all is settled. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  stop(): void {
    clearInterval(this.#watch);
  }

  add(index: number, { timeMs, events }: Mark): void {
    this.#lastMarkAt = performance.now();
    this.#settled[index] = events;
    const total = this.#total;
    const usage = this.usage();
    const tenth = Math.min(9, Math.floor((total / this.events) * 10));
    this.#rssByTenth[tenth] = Math.max(this.#rssByTenth[tenth] ?? 0, usage?.rssBytes ?? 0);
    const point = { timeMs, events: total, usage };
    if (this.#first === null && this.#settled.every((settled) => settled > 0)) this.#first = point;
    const rest = SMALLEST_BATCH * this.#settled.length;
    if (this.#last === null && total > this.events - rest) this.#last = point;
    if (total === this.events) this.#finished.resolve();
    if (total > this.events) {
      this.#finished.reject(new Error(`settled ${total} events of ${this.events}: some of them twice`));
    }
  }

  measurement(): Measurement {
    const [first, last] = [this.#first, this.#last];
    const events = (last?.events ?? 0) - (first?.events ?? 0);
    if (first === null || last === null || events <= 0) {
      throw new Error(`${this.events} events are too few: not all processes came to work; raise --events`);
    }
    const seconds = (last.timeMs - first.timeMs) / 1000;
    return {
      events,
      seconds,
      eventsPerSecond: events / seconds,
      cpuMicrosPerEvent:
        first.usage && last.usage && ((last.usage.cpuSeconds - first.usage.cpuSeconds) / events) * 1e6,
      peakRssMb: last.usage && last.usage.peakRssBytes / MEBIBYTE,
      rssMbByTenth: last.usage === null ? [] : this.#rssByTenth.map((bytes) => bytes / MEBIBYTE),
    };
  }

  get #total(): number {
    return this.#settled.reduce((sum, settled) => sum + settled, 0);
  }
}
