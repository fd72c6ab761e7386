import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { oldestOf } from '../model/outcome-range.js';
import type { Frontier } from '../partitions/frontier.js';
import type { PartitionPositions } from '../partitions/partition-positions.js';
import type { FetchedBatch } from '../ports/event-source.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';
import type { MessageValidator } from '../validation/message-validator.js';
import type { BatchBuffer } from './batch-buffer.js';
import type { FetchQueue } from './fetch-queue.js';
import { waitForRoom } from './room.js';

/** The unvalidated rest of a fetch. */
export interface FetchRest {
  fetched: FetchedBatch;
  /** The index of the first message in the fetch. */
  index: number;
  /** The offset that the partition has reached, at or before that message. */
  position: number;
  generation: number;
  heartbeat: () => Promise<void>;
}

/** Validates fetches and buffers their outcomes, range by range, as room becomes available. */
export class FetchValidation {
  constructor(
    private readonly validator: Pick<MessageValidator, 'validate'>,
    private readonly buffer: BatchBuffer,
    private readonly queue: FetchQueue,
    private readonly frontier: Frontier,
    private readonly positions: PartitionPositions,
    private readonly observer: PipelineObserver,
  ) {}

  /** Returns false if the rest of the fetch is dropped. */
  async run({ fetched, index, position, generation, heartbeat }: FetchRest): Promise<boolean> {
    const isOver = () => this.positions.isStopped || !this.frontier.isCurrent(generation);
    let from = position;
    for (let next = index; next < fetched.length;) {
      if (!(await waitForRoom(this.buffer, heartbeat, isOver))) return false;
      // Fetches follow each other without a pause; this lets the writer's responses be handled.
      await yieldToEventLoop();
      const isWanted = this.frontier.isCurrent(generation) && this.frontier.position(fetched) === from;
      if (!isWanted) return false;
      const startedAt = performance.now();
      const room = this.buffer.room();
      const { range, counts, drift, nextIndex } = this.validator.validate(fetched, next, from, room);
      this.observer.validated(counts, drift, (performance.now() - startedAt) / 1000);
      this.frontier.noteRead(fetched, range.from, oldestOf(range));
      from = range.to;
      next = nextIndex;
      this.buffer.add(range, next < fetched.length || this.queue.length > 1);
      this.frontier.advance(fetched, range.to, range.lastTimestampMs);
    }
    this.positions.holdUndecodable(fetched, generation);
    return true;
  }
}
