import type { PartitionRange } from '../model/batch.js';
import { settledBy, type Checkpoint } from '../ports/event-repository.js';
import type { LogBounds, RecordTime } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import { lagOf, type PartitionLag, type PartitionState } from './partition-state.js';

/**
 * Tracks the partitions that are assigned to this member, and how far each has been read and settled. Each join of the
 * group begins a new generation and forgets the previous one. Fetches carry no generation, so this class counts its own
 * to recognize late ones.
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

  /** Starts a new generation, in which no partition has a position yet. */
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

  /** Whether every assigned partition has a position, and none is blocked. */
  get isReading(): boolean {
    return this.#states.size === this.#assigned.size && this.blocked().length === 0;
  }

  /** Sets the position to the checkpoint. */
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
      read: [],
      blocked: null,
    });
  }

  /** Blocks a partition for which the warehouse has no checkpoint. */
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
      read: [],
      blocked: fault,
    });
  }

  /** The next offset to take; null if the partition is not assigned, has no position yet, or is blocked. */
  position(partition: TopicPartition): number | null {
    const state = this.#states.get(partitionName(partition));
    return state?.blocked === null ? state.position : null;
  }

  /** The record right before the position; null if there was none, or it is no longer in the log. */
  lastRead(partition: TopicPartition): RecordTime | null {
    const state = this.#states.get(partitionName(partition));
    if (state === undefined) return null;
    const { position, lastTimestampMs, low } = state;
    return lastTimestampMs === null || position - 1 < (low ?? 0)
      ? null
      : { offset: position - 1, timestampMs: lastTimestampMs };
  }

  /** Moves the position. The record right before it has the time `lastTimestampMs`. */
  advance(partition: TopicPartition, position: number, lastTimestampMs: number | null): void {
    this.#with(partition, (state) => Object.assign(state, { position, lastTimestampMs }));
  }

  /** Records the oldest time of the messages from an offset on; Infinity if none has a valid time. */
  noteRead(partition: TopicPartition, from: number, oldestMs: number): void {
    this.#with(partition, ({ read }) => read.push({ from, oldestMs }));
  }

  settle(ranges: PartitionRange[]): void {
    for (const range of ranges) {
      this.#with(range, (state) => {
        state.checkpoint &&= settledBy(state.checkpoint, range);
        state.read = state.read.filter(({ from }) => from >= range.to);
      });
    }
  }

  /** Blocks the partition until it starts again, at the latest when it is assigned again. */
  block(partition: TopicPartition, fault: Fault): void {
    this.#with(partition, (state) => (state.blocked = fault));
  }

  /** The faults of the blocked partitions. */
  blocked(): Fault[] {
    return [...this.#states.values()].flatMap(({ blocked }) => blocked ?? []);
  }

  /** Records the log's end. It may be lower than before if the topic was recreated. */
  noteHigh(partition: TopicPartition, high: number): void {
    this.#with(partition, (state) => Object.assign(state, { high, highSeenAt: performance.now() }));
  }

  /** Records the bounds of the log. */
  noteBounds({ topic, partition, low, high }: LogBounds): void {
    this.#with({ topic, partition }, (state) =>
      Object.assign(state, { low, high, highSeenAt: performance.now() }),
    );
  }

  /** The lag of every partition whose log's end is known. */
  lags(): PartitionLag[] {
    return [...this.#states.values()].flatMap((state) => lagOf(state) ?? []);
  }

  /** The checkpoints of all partitions that have one. */
  checkpoints(): Checkpoint[] {
    return [...this.#states.values()].flatMap(({ checkpoint }) => checkpoint ?? []);
  }

  /** The first offset of the log, when it was last read. */
  logStart(partition: TopicPartition): number | null {
    return this.#states.get(partitionName(partition))?.low ?? null;
  }

  checkpoint(partition: TopicPartition): Checkpoint | null {
    return this.#states.get(partitionName(partition))?.checkpoint ?? null;
  }

  #with(partition: TopicPartition, change: (state: PartitionState) => void): void {
    const state = this.#states.get(partitionName(partition));
    if (state !== undefined) change(state);
  }
}
