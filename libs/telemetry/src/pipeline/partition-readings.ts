import { partitionName, type PartitionLag, type TopicPartition } from '#pipeline';
import type { PartitionReading } from '../metrics/partition-metrics.js';

/** A lag counts as current for three polls of the log ends, but at least for this long. */
export const LEAST_LAG_AGE_MS = 5_000;

export function lagMaxAgeMs(lagIntervalMs: number): number {
  return Math.max(LEAST_LAG_AGE_MS, 3 * lagIntervalMs);
}

/** What the gauges show of the assigned partitions. */
export class PartitionReadings {
  #assigned: TopicPartition[] = [];
  readonly #held = new Set<string>();
  #lags = new Map<string, PartitionLag>();

  constructor(private readonly maxLagAgeMs: number) {}

  assign(partitions: TopicPartition[]): void {
    this.#assigned = partitions;
    this.#held.clear();
  }

  hold(at: TopicPartition): void {
    this.#held.add(partitionName(at));
  }

  lag(lags: PartitionLag[]): void {
    this.#lags = new Map(lags.map((lag) => [partitionName(lag), lag]));
  }

  /** Leaves out partitions that moved to another process, which reports them. */
  readings(): PartitionReading[] {
    return this.#assigned.map((at) => {
      const lag = this.#lags.get(partitionName(at));
      return { ...at, isHeld: this.#held.has(partitionName(at)), lag: lag ? this.#lagReading(lag) : null };
    });
  }

  #lagReading({ lag, oldestMs, seenAt }: PartitionLag): PartitionReading['lag'] {
    const now = Date.now();
    const ageMs = performance.now() - seenAt;
    return {
      messages: ageMs > this.maxLagAgeMs ? null : lag,
      oldestAgeMs: oldestMs === null ? null : Math.max(0, now - oldestMs),
      observedAtMs: now - ageMs,
    };
  }
}
