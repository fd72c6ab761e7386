import { toMark } from '../model/commit-mark.js';
import type { Checkpoint, EventRepository, PartitionStart } from '../ports/event-repository.js';
import type { EventSource, LogBounds } from '../ports/event-source.js';
import { FaultError, type Fault } from '../model/fault.js';
import type { Frontier } from './frontier.js';
import { Backoff, pause } from '../writing/backoff.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import {
  hasSettled,
  noCheckpoint,
  otherCommitter,
  otherWarehouse,
  setBackTooFar,
  type Committed,
  type MissingCheckpoints,
} from './missing-state.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';

/** A partition's checkpoint and the bounds of its log. */
export interface StartPosition extends LogBounds {
  /** Null if the warehouse should have one but does not. */
  checkpoint: Checkpoint | null;
  /** Why the partition cannot be read; null if it can. */
  fault: Fault | null;
}

export interface StartPositions {
  /** The identity of the warehouse that holds the checkpoints. */
  warehouse: string;
  partitions: StartPosition[];
}

/**
 * Finds where to read each newly assigned partition: at its checkpoint, which is created if the warehouse has none.
 * This service's commits show whether the warehouse should have one. Retries until it succeeds or a new generation
 * begins; the result is then null.
 */
export class StartPositionFinder {
  /** The fault that delays the current assignment. */
  fault: { fault: Fault; since: number } | null = null;
  /** Partitions that this process has read before. */
  readonly #known = new Set<string>();

  constructor(
    private readonly source: EventSource,
    private readonly repository: EventRepository,
    private readonly frontier: Frontier,
    private readonly observer: PipelineObserver,
    private readonly missingCheckpoints: MissingCheckpoints,
  ) {}

  async find(partitions: TopicPartition[]): Promise<StartPositions | null> {
    const { generation, over } = this.frontier;
    const backoff = new Backoff();
    while (this.frontier.isCurrent(generation)) {
      try {
        const found = await this.#read(partitions);
        this.#recovered();
        return this.frontier.isCurrent(generation) ? found : null;
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        const waitMs = backoff.next(error.fault.class);
        this.fault = { fault: error.fault, since: this.fault?.since ?? performance.now() };
        this.observer.faulted('assignment', error.fault, backoff.tries, waitMs);
        await pause(waitMs, over);
      }
    }
    return null;
  }

  async #read(partitions: TopicPartition[]): Promise<StartPositions> {
    const bounds = await this.source.bounds(partitions);
    // Read before the checkpoints, so that a commit is never ahead of its checkpoint.
    const committed = new Map(
      (await this.source.committed(partitions)).map(({ offset, metadata, ...at }): [string, Committed] => [
        partitionName(at),
        { offset, mark: toMark(metadata) },
      ]),
    );
    const warehouse = await this.repository.identity();
    const checkpoints = await this.repository.claim(
      bounds.map((each) => this.#start(each, committed.get(partitionName(each)))),
    );
    const overtaken = await this.#overtaken(checkpoints, committed);
    // Read again, because another owner may have committed beyond the log's end that was read first.
    const boundsNow = await this.source.bounds(partitions);
    const claimed = new Map(checkpoints.map((checkpoint) => [partitionName(checkpoint), checkpoint]));
    const starts = boundsNow.map((bound): StartPosition => {
      const name = partitionName(bound);
      const checkpoint = claimed.get(name) ?? null;
      const known = committed.get(name);
      if (checkpoint !== null) {
        const fault = overtaken.get(name) ?? this.#missing(bound, checkpoint, known, warehouse);
        return { ...bound, checkpoint, fault };
      }
      if (!hasSettled(known)) throw new Error(`the warehouse returned no checkpoint for ${name}`);
      return { ...bound, checkpoint, fault: noCheckpoint(bound, known, warehouse) };
    });
    this.#reportOverruled(starts, committed);
    return { warehouse, partitions: starts };
  }

  #start({ topic, partition, low }: LogBounds, committed: Committed | undefined): PartitionStart {
    const start = { topic, partition, startOffset: Math.max(low, committed?.offset ?? low) };
    if (!hasSettled(committed)) return start;
    switch (this.missingCheckpoints) {
      case 'hold':
        return { ...start, requiredOffset: committed.offset };
      case 'from-start':
        return { ...start, startOffset: low };
      case 'accept-gap':
        return start;
    }
  }

  /** Returns a fault if the warehouse lacks records that this service has settled. */
  #missing(
    bounds: LogBounds,
    checkpoint: Checkpoint,
    committed: Committed | undefined,
    warehouse: string,
  ): Fault | null {
    const isBehind = hasSettled(committed) && checkpoint.nextOffset < committed.offset;
    if (!isBehind || this.missingCheckpoints !== 'hold') return null;
    if (committed.mark.warehouse !== warehouse) return otherWarehouse(checkpoint, committed, warehouse);
    return bounds.low > checkpoint.nextOffset ? setBackTooFar(bounds, checkpoint, committed) : null;
  }

  /**
   * Returns the faults of partitions for which somebody else has stored events beyond the checkpoint, by name. If an
   * offset was only reset, there are no such rows, and the checkpoint applies.
   */
  async #overtaken(
    checkpoints: readonly Checkpoint[],
    committed: ReadonlyMap<string, Committed>,
  ): Promise<Map<string, Fault>> {
    const suspects = checkpoints.flatMap((checkpoint) => {
      const known = committed.get(partitionName(checkpoint));
      const isOvertaken = known?.mark === null && known.offset > checkpoint.nextOffset;
      return isOvertaken ? [{ checkpoint, known }] : [];
    });
    if (suspects.length === 0) return new Map();
    const ends = await this.repository.storedEnds(suspects.map(({ checkpoint }) => checkpoint));
    return new Map(
      suspects.flatMap(({ checkpoint, known }, index) => {
        const end = ends[index] ?? 0;
        return end > checkpoint.nextOffset
          ? [[partitionName(checkpoint), otherCommitter(checkpoint, known, end)]]
          : [];
      }),
    );
  }

  /**
   * Reports committed offsets that the checkpoints overrule, so that whoever reset them knows. Kafka allows that only
   * while the group has no members. An offset behind the checkpoint is therefore reported only once: later it results
   * from a rebalance between a batch and its commit.
   */
  #reportOverruled(starts: readonly StartPosition[], committed: ReadonlyMap<string, Committed>): void {
    const overruled = starts.flatMap(({ topic, partition, checkpoint, fault }) => {
      if (checkpoint === null || fault !== null) return [];
      const { nextOffset } = checkpoint;
      const name = partitionName(checkpoint);
      const { offset, mark = null } = committed.get(name) ?? { offset: nextOffset };
      const isNews = offset > nextOffset || !this.#known.has(name);
      this.#known.add(name);
      return isNews && offset !== nextOffset
        ? [{ topic, partition, committed: offset, checkpoint: nextOffset, isOurs: mark !== null }]
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
