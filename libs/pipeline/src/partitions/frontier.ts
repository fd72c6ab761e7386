import type { PartitionRange } from '../model/batch.js';
import { settledBy, type Checkpoint } from '../ports/event-repository.js';
import type { LogBounds, RecordTime } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type TopicPartition } from '../model/message.js';

interface PartitionState extends TopicPartition {
  /** The next offset to take from Kafka. */
  position: number;
  /** The time of the record right before the position: null where there is none. */
  lastTimestampMs: number | null;
  /**
   * As the warehouse holds it, as far as this process knows: every offset below its next one is settled. Null where the
   * warehouse should have one and does not; the partition is blocked then.
   */
  checkpoint: Checkpoint | null;
  /** Where the log begins and ends, as far as it has been seen. */
  low: number | null;
  high: number | null;
  /** When the log's end was last seen, on the monotonic clock. */
  highSeenAt: number;
  /** Why this partition is not read on; null while it is. */
  blocked: Fault | null;
}

/** How many messages of a partition are not settled, as of the moment when its log's end was last seen. */
export interface PartitionLag extends TopicPartition {
  lag: number;
  /** On the monotonic clock, in milliseconds. */
  seenAt: number;
}

/**
 * The partitions that are this member's, and how far each has been read and settled. Each time the group is
 * joined a new generation begins, and everything of the last one is forgotten: Kafka carries no generation in
 * what it hands over, so what belongs to an old one is told apart here.
 */
export class Frontier {
  #generation = 0;
  #over = new AbortController();
  readonly #assigned = new Map<string, TopicPartition>();
  readonly #states = new Map<string, PartitionState>();

  get generation(): number {
    return this.#generation;
  }

  /** Fires when the current generation ends. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  isCurrent(generation: number): boolean {
    return generation === this.#generation;
  }

  /** Starts a new generation, in which nothing is placed yet. */
  begin(partitions: TopicPartition[]): number {
    this.#over.abort();
    this.#over = new AbortController();
    this.#generation += 1;
    this.#assigned.clear();
    this.#states.clear();
    for (const partition of partitions) this.#assigned.set(partitionName(partition), partition);
    return this.#generation;
  }

  assigned(): TopicPartition[] {
    return [...this.#assigned.values()];
  }

  /** Whether every assigned partition is placed, and none is blocked. */
  get isReading(): boolean {
    return this.#states.size === this.#assigned.size && this.blocked().length === 0;
  }

  /** Reading goes on at the checkpoint. */
  startAt(checkpoint: Checkpoint): void {
    const { topic, partition, nextOffset } = checkpoint;
    const known = this.#states.get(partitionName(checkpoint));
    this.#states.set(partitionName(checkpoint), {
      topic,
      partition,
      position: nextOffset,
      lastTimestampMs: checkpoint.lastTimestampMs,
      checkpoint,
      low: known?.low ?? null,
      high: known?.high ?? null,
      highSeenAt: known?.highSeenAt ?? 0,
      blocked: null,
    });
  }

  /** Holds a partition that the warehouse has no checkpoint for. */
  withhold({ topic, partition, low, high }: LogBounds, fault: Fault): void {
    this.#states.set(partitionName({ topic, partition }), {
      topic,
      partition,
      position: low,
      lastTimestampMs: null,
      checkpoint: null,
      low,
      high,
      highSeenAt: performance.now(),
      blocked: fault,
    });
  }

  /** The next offset to take, or null where the partition is not ours, not placed yet, or blocked. */
  position(partition: TopicPartition): number | null {
    const state = this.#states.get(partitionName(partition));
    return state?.blocked === null ? state.position : null;
  }

  /** The record right before the position: null where there was none, or it is no longer in the log. */
  lastRead(partition: TopicPartition): RecordTime | null {
    const state = this.#states.get(partitionName(partition));
    if (state === undefined) return null;
    const { position, lastTimestampMs, low } = state;
    return lastTimestampMs === null || position - 1 < (low ?? 0)
      ? null
      : { offset: position - 1, timestampMs: lastTimestampMs };
  }

  /** Reading goes on at `position`; the record right before it was made at `lastTimestampMs`. */
  advance(partition: TopicPartition, position: number, lastTimestampMs: number | null): void {
    this.#with(partition, (state) => Object.assign(state, { position, lastTimestampMs }));
  }

  settle(ranges: PartitionRange[]): void {
    for (const range of ranges) {
      this.#with(range, (state) => (state.checkpoint &&= settledBy(state.checkpoint, range)));
    }
  }

  /** Holds the partition where it is until it is assigned anew. */
  block(partition: TopicPartition, fault: Fault): void {
    this.#with(partition, (state) => (state.blocked = fault));
  }

  /** The faults of the partitions that are held. */
  blocked(): Fault[] {
    return [...this.#states.values()].flatMap(({ blocked }) => blocked ?? []);
  }

  /** Notes the log's end. It may be lower than before: a topic that was made anew. */
  noteHigh(partition: TopicPartition, high: number): void {
    this.#with(partition, (state) => Object.assign(state, { high, highSeenAt: performance.now() }));
  }

  /** Notes where the log begins and ends. */
  noteBounds({ topic, partition, low, high }: LogBounds): void {
    this.#with({ topic, partition }, (state) =>
      Object.assign(state, { low, high, highSeenAt: performance.now() }),
    );
  }

  /**
   * Messages between the settled offset and the log's end, for every partition whose log's end is known. All of a log
   * that is held waits: it may be another one than that whose offsets were settled.
   */
  lags(): PartitionLag[] {
    return [...this.#states.values()].flatMap((state) => {
      const { topic, partition, checkpoint, low, high, highSeenAt, blocked } = state;
      if (high === null) return [];
      const settled = checkpoint?.nextOffset ?? low ?? 0;
      const from = blocked === null ? settled : Math.min(settled, low ?? settled);
      return { topic, partition, lag: Math.max(0, high - from), seenAt: highSeenAt };
    });
  }

  /** The checkpoint of every placed partition that has one. */
  checkpoints(): Checkpoint[] {
    return [...this.#states.values()].flatMap(({ checkpoint }) => checkpoint ?? []);
  }

  /** The first offset that the log holds, as far as it has been seen. */
  logStart(partition: TopicPartition): number | null {
    return this.#states.get(partitionName(partition))?.low ?? null;
  }

  /** Null where the partition is not placed, or has none. */
  checkpoint(partition: TopicPartition): Checkpoint | null {
    return this.#states.get(partitionName(partition))?.checkpoint ?? null;
  }

  #with(partition: TopicPartition, change: (state: PartitionState) => void): void {
    const state = this.#states.get(partitionName(partition));
    if (state !== undefined) change(state);
  }
}
