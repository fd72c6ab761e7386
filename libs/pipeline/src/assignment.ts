import type { Checkpoint, EventRepository, PartitionStart } from './event-repository.js';
import type { EventSource, LogBounds } from './event-source.js';
import { FaultError, type Fault } from './fault.js';
import type { Frontier } from './frontier.js';
import { GrowingWait, pause } from './growing-wait.js';
import { partitionName, type TopicPartition } from './message.js';
import type { PipelineObserver } from './pipeline-observer.js';

/** A partition's checkpoint beside what its log still holds. */
export interface Placement extends LogBounds {
  checkpoint: Checkpoint;
}

/**
 * Finds where to read each newly assigned partition: at its checkpoint, which is made if the warehouse has none.
 * Tries until it succeeds or the group is joined anew, in which case the answer is null.
 */
export class Assignment {
  /** What holds the assignment now. */
  fault: { fault: Fault; since: number } | null = null;
  /** Partitions that this process has placed before. */
  readonly #known = new Set<string>();

  constructor(
    private readonly source: EventSource,
    private readonly repository: EventRepository,
    private readonly frontier: Frontier,
    private readonly observer: PipelineObserver,
  ) {}

  async placements(partitions: TopicPartition[]): Promise<Placement[] | null> {
    const { generation, over } = this.frontier;
    const wait = new GrowingWait();
    while (this.frontier.isCurrent(generation)) {
      try {
        const found = await this.#find(partitions);
        this.#recovered();
        return this.frontier.isCurrent(generation) ? found : null;
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        const waitMs = wait.next(error.fault.class);
        this.fault = { fault: error.fault, since: this.fault?.since ?? performance.now() };
        this.observer.faulted('assignment', error.fault, wait.tries, waitMs);
        await pause(waitMs, over);
      }
    }
    return null;
  }

  async #find(partitions: TopicPartition[]): Promise<Placement[]> {
    const bounds = await this.source.bounds(partitions);
    const committed = new Map(
      (await this.source.committed(partitions)).map((position) => [partitionName(position), position.offset]),
    );
    const starts: PartitionStart[] = bounds.map(({ topic, partition, low }) => ({
      topic,
      partition,
      startOffset: Math.max(low, committed.get(partitionName({ topic, partition })) ?? low),
    }));
    const checkpoints = await this.repository.claim(starts);
    // Read again: another owner may have committed past the log's end as it was seen at first.
    const boundsNow = await this.source.bounds(partitions);
    this.#tellOverruled(checkpoints, committed);
    const claimed = new Map(checkpoints.map((checkpoint) => [partitionName(checkpoint), checkpoint]));
    return boundsNow.map((bound) => {
      const checkpoint = claimed.get(partitionName(bound));
      if (checkpoint === undefined)
        throw new Error(`the warehouse answered no checkpoint for ${partitionName(bound)}`);
      return { ...bound, checkpoint };
    });
  }

  /**
   * The checkpoint is the truth; somebody who set the group's offsets shall know. Kafka lets nobody do so while the
   * group has members, so behind it tells once: later it is what a rebalance leaves between a batch and its commit.
   */
  #tellOverruled(checkpoints: readonly Checkpoint[], committed: ReadonlyMap<string, number>): void {
    const overruled = checkpoints.flatMap((checkpoint) => {
      const { topic, partition, nextOffset } = checkpoint;
      const offset = committed.get(partitionName(checkpoint)) ?? nextOffset;
      const isNews = offset > nextOffset || !this.#known.has(partitionName(checkpoint));
      this.#known.add(partitionName(checkpoint));
      return isNews && offset !== nextOffset
        ? [{ topic, partition, committed: offset, checkpoint: nextOffset }]
        : [];
    });
    if (overruled.length > 0) this.observer.committedOverruled(overruled);
  }

  #recovered(): void {
    if (this.fault === null) return;
    this.observer.recovered('assignment', performance.now() - this.fault.since);
    this.fault = null;
  }
}
