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
}

type Watched = 'validated' | 'buffered' | 'batchCommitted' | 'deadLettersPublished' | 'offsetsCommitted';

/** Means of the batches since the last call, in seconds; null if there was none. */
export interface BatchMeans {
  batchSeconds: number | null;
  warehouseSeconds: number | null;
}

const STAGE_TURNS = 60;

/** Keeps the figures that only the page needs. Costs a few additions per fetch and batch. */
export class PipelineWatch implements Pick<PipelineObserver, Watched> {
  readonly letters = new RecentLetters();
  readonly stages = new StageTimes(STAGE_TURNS);
  buffer = { events: 0, bytes: 0 };
  lastBatch: LastBatch | null = null;
  #batches = { count: 0, batchSeconds: 0, warehouseSeconds: 0 };

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
    this.lastBatch = { atMs, events, bytes: batch.bytes, warehouseSeconds, totalSeconds };
    this.letters.add(batch.deadLetters);
    this.stages.add('wait', Math.max(0, (atMs - batch.openedAtMs) / 1000 - totalSeconds - heldSeconds));
    this.stages.add('warehouse', warehouseSeconds);
    this.#batches.count += 1;
    this.#batches.batchSeconds += totalSeconds;
    this.#batches.warehouseSeconds += warehouseSeconds;
  }

  takeBatchMeans(): BatchMeans {
    const { count, batchSeconds, warehouseSeconds } = this.#batches;
    this.#batches = { count: 0, batchSeconds: 0, warehouseSeconds: 0 };
    return count === 0
      ? { batchSeconds: null, warehouseSeconds: null }
      : { batchSeconds: batchSeconds / count, warehouseSeconds: warehouseSeconds / count };
  }
}
