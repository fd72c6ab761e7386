import { setTimeout as sleep } from 'node:timers/promises';
import { MetricsReading } from '#testing';
import { peakMemory } from './memory-limit.js';

const INTERVAL_MS = 200;
/** The kubelet's own patience is a second; a busy machine is not the service's fault. */
const PROBE_TIMEOUT_MS = 10_000;

export interface WatchFigures {
  peakBytes: number;
  /** The longest that the event loop stood, as the service's own metric says. */
  longestBlockMs: number;
  probes: number;
}

export const NOTHING_SEEN: Readonly<WatchFigures> = { peakBytes: 0, longestBlockMs: 0, probes: 0 };

/** Takes in those of one more life. */
export function addFigures(all: WatchFigures, more: WatchFigures): void {
  all.peakBytes = Math.max(all.peakBytes, more.peakBytes);
  all.longestBlockMs = Math.max(all.longestBlockMs, more.longestBlockMs);
  all.probes += more.probes;
}

/** Probes a service as the kubelet and Prometheus do, again and again. */
export class ServiceWatch {
  readonly figures: WatchFigures = { ...NOTHING_SEEN };
  /** Partitions that are not read until somebody acts. */
  held: ReadonlySet<number> = new Set();
  /** What was not as promised, a sentence each. */
  readonly problems: string[] = [];
  #running: Promise<void> | null = null;
  #isStopping = false;

  constructor(
    private readonly url: string,
    private readonly pid: number,
  ) {}

  /** To be called once the service has answered. */
  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      await this.#look();
      await sleep(INTERVAL_MS);
    }
  }

  async #look(): Promise<void> {
    this.figures.peakBytes = Math.max(this.figures.peakBytes, peakMemory(this.pid));
    try {
      const live = await this.#get('/health/live');
      if (!live.ok) this.problems.push(`Liveness failed: ${await live.text()}`);
      const metrics = new MetricsReading(await (await this.#get('/metrics')).text());
      const blockedMs = metrics.sum('nodejs_eventloop_lag_max_seconds') * 1000;
      this.figures.longestBlockMs = Math.max(this.figures.longestBlockMs, blockedMs);
      const held = [...metrics.by('kafka_partitions_held', 'partition')].filter(([, isHeld]) => isHeld === 1);
      this.held = new Set(held.map(([partition]) => Number(partition)));
      this.figures.probes += 1;
    } catch (error) {
      this.problems.push(`A probe got no answer: ${String(error)}`);
    }
  }

  #get(path: string): Promise<Response> {
    return fetch(this.url + path, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  }
}
