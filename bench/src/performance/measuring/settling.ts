import type { Mark } from '../contestants/mark.js';
import type { Measurement } from './measurement.js';
import type { Usage } from './usage.js';

const STALL_MS = 60_000;
const MEBIBYTE = 1024 * 1024;

interface Point extends Mark {
  usage: Usage | null;
}

/** How a backlog goes down, as its processes tell. */
export class Settling {
  /** For each process, in the order of their times. */
  readonly #points: Point[][];
  readonly #finished = Promise.withResolvers<void>();
  readonly #watch: NodeJS.Timeout;
  readonly #rssByTenth = Array.from({ length: 10 }, () => 0);
  #lastMarkAt = performance.now();

  constructor(
    processes: number,
    private readonly events: number,
    private readonly usage: () => Usage | null,
  ) {
    this.#points = Array.from({ length: processes }, () => []);
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

  add(index: number, mark: Mark): void {
    this.#lastMarkAt = performance.now();
    const usage = this.usage();
    this.#points[index]?.push({ ...mark, usage });
    const total = this.#total;
    const tenth = Math.min(9, Math.floor((total / this.events) * 10));
    this.#rssByTenth[tenth] = Math.max(this.#rssByTenth[tenth] ?? 0, usage?.rssBytes ?? 0);
    if (total === this.events) this.#finished.resolve();
    if (total > this.events) {
      this.#finished.reject(new Error(`settled ${total} events of ${this.events}: some of them twice`));
    }
  }

  /**
   * While all processes are at work: from when the last of them has settled something until the first of them has only
   * its last batch left, which is not full and waits for its time, not for work.
   */
  measurement(): Measurement {
    const first = inOrder(this.#points.map((points) => points[0]))?.at(-1);
    const last = inOrder(this.#points.map((points) => points.at(-2)))?.[0];
    const end = inOrder(this.#points.map((points) => points.at(-1)))?.at(-1);
    if (!first || !last || !end || last.timeMs <= first.timeMs) {
      throw new Error(`${this.events} events are too few: not all processes came to work; raise --events`);
    }
    const events = this.#settledAt(last.timeMs) - this.#settledAt(first.timeMs);
    const seconds = (last.timeMs - first.timeMs) / 1000;
    return {
      events: Math.round(events),
      seconds,
      eventsPerSecond: events / seconds,
      eventsPerSecondToTheEnd:
        (this.#total - this.#settledAt(first.timeMs)) / ((end.timeMs - first.timeMs) / 1000),
      cpuMicrosPerEvent:
        first.usage && last.usage && ((last.usage.cpuSeconds - first.usage.cpuSeconds) / events) * 1e6,
      peakRssMb: end.usage && end.usage.peakRssBytes / MEBIBYTE,
      rssMbByTenth: end.usage === null ? [] : this.#rssByTenth.map((bytes) => bytes / MEBIBYTE),
    };
  }

  get #total(): number {
    return this.#points.reduce((sum, points) => sum + (points.at(-1)?.events ?? 0), 0);
  }

  #settledAt(timeMs: number): number {
    return this.#points.reduce((sum, points) => sum + settledAt(points, timeMs), 0);
  }
}

/** Between two batches a process goes on evenly. */
function settledAt(points: readonly Point[], timeMs: number): number {
  const next = points.findIndex((point) => point.timeMs > timeMs);
  const [before, after] = [points.at(next - 1), points[next]];
  if (before === undefined || after === undefined) return points.at(-1)?.events ?? 0;
  const share = (timeMs - before.timeMs) / (after.timeMs - before.timeMs);
  return before.events + share * (after.events - before.events);
}

/** By time. Null where a process has none. */
function inOrder(points: readonly (Point | undefined)[]): Point[] | null {
  const there = points.filter((point) => point !== undefined);
  return there.length < points.length ? null : there.sort((a, b) => a.timeMs - b.timeMs);
}
