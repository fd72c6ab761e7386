import type { EventLabel } from '#events';
import type { CommittedBatch, PipelineObserver } from '#pipeline';
import { RecentLetters } from './recent-letters.js';
import { StageTimes } from './stage-times.js';

export interface LastBatch {
  atMs: number;
  /** Messages that it settled. */
  events: number;
  bytes: number;
  warehouseSeconds: number;
  totalSeconds: number;
  /** From the timestamps of its oldest and newest row to the commit; null if it has no row with a valid time. */
  latency: { oldestSeconds: number; newestSeconds: number } | null;
}

type Watched =
  'validated' | 'buffered' | 'batchCommitted' | 'deadLettersPublished' | 'offsetsCommitted' | 'assigned';

/** Of the batches since the last call, in seconds; null if there was none. */
export interface BatchMeans {
  batchSeconds: number | null;
  warehouseSeconds: number | null;
  /** The longest, from a row's timestamp to its commit. */
  latencySeconds: number | null;
}

const STAGE_TURNS = 60;

const NO_BATCHES = { count: 0, batchSeconds: 0, warehouseSeconds: 0, latencySeconds: -Infinity };

/** Keeps the figures that only the page needs. Costs a few additions per fetch and batch. */
export class PipelineWatch implements Pick<PipelineObserver, Watched> {
  readonly letters = new RecentLetters();
  readonly stages = new StageTimes(STAGE_TURNS);
  buffer = { events: 0, bytes: 0 };
  lastBatch: LastBatch | null = null;
  /** How often the group was joined, the first time included, and when it last was. */
  rebalances: { count: number; lastAtMs: number | null } = { count: 0, lastAtMs: null };
  readonly #deadLetters = new Map<EventLabel, number>();
  #batches = NO_BATCHES;

  validated(_counts: unknown, _drift: unknown, seconds: number): void {
    this.stages.add('judge', seconds);
  }

  buffered(events: number, bytes: number): void {
    this.buffer = { events, bytes };
  }

  deadLettersPublished(_counts: unknown, _first: unknown, seconds: number): void {
    this.stages.add('dead_letter', seconds);
  }

  offsetsCommitted(seconds: number): void {
    this.stages.add('kafka_commit', seconds);
  }

  batchCommitted({ batch, warehouseSeconds, totalSeconds, heldSeconds }: CommittedBatch): void {
    const atMs = Date.now();
    const events = batch.ranges.reduce(
      (sum, { stored, deadLettered, skipped }) => sum + stored + deadLettered + skipped,
      0,
    );
    const { oldestMs, newestMs } = batch.storedCounts;
    // A producer's clock may be ahead of ours.
    const secondsSince = (ms: number) => Math.max(0, atMs - ms) / 1000;
    const latency =
      oldestMs === Infinity
        ? null
        : { oldestSeconds: secondsSince(oldestMs), newestSeconds: secondsSince(newestMs) };
    this.lastBatch = { atMs, events, bytes: batch.bytes, warehouseSeconds, totalSeconds, latency };
    this.letters.add(batch.deadLetters);
    for (const { label } of batch.deadLetters) {
      this.#deadLetters.set(label, (this.#deadLetters.get(label) ?? 0) + 1);
    }
    this.stages.add('wait', Math.max(0, (atMs - batch.openedAtMs) / 1000 - totalSeconds - heldSeconds));
    this.stages.add('warehouse', warehouseSeconds);
    this.#batches = {
      count: this.#batches.count + 1,
      batchSeconds: this.#batches.batchSeconds + totalSeconds,
      warehouseSeconds: this.#batches.warehouseSeconds + warehouseSeconds,
      latencySeconds: Math.max(this.#batches.latencySeconds, latency?.oldestSeconds ?? -Infinity),
    };
  }

  assigned(): void {
    this.rebalances = { count: this.rebalances.count + 1, lastAtMs: Date.now() };
  }

  /** Dead letters of an event type since the start. */
  deadLettersOf(label: EventLabel): number {
    return this.#deadLetters.get(label) ?? 0;
  }

  takeBatchMeans(): BatchMeans {
    const { count, batchSeconds, warehouseSeconds, latencySeconds } = this.#batches;
    this.#batches = NO_BATCHES;
    return {
      batchSeconds: count === 0 ? null : batchSeconds / count,
      warehouseSeconds: count === 0 ? null : warehouseSeconds / count,
      latencySeconds: latencySeconds === -Infinity ? null : latencySeconds,
    };
  }
}
