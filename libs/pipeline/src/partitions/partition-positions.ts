import type { BatchBuffer } from '../batching/batch-buffer.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import { emptyRange } from '../model/outcome-range.js';
import type { Checkpoint, DeferredPartition } from '../ports/event-repository.js';
import type { EventSource, FetchedBatch, LogBounds } from '../ports/event-source.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';
import { pause } from '../writing/backoff.js';
import type { OffsetCommitter } from '../writing/offset-committer.js';
import type { Frontier } from './frontier.js';
import type { OpenTransactions } from './open-transactions.js';
import type { StartPosition, StartPositionFinder } from './start-positions.js';
import { lostPast } from './topic-identity.js';

/**
 * Decides where each assigned partition is read: at its checkpoint when it is assigned, and again whenever Kafka or the
 * warehouse turn out to be elsewhere than expected. Holds partitions that cannot be read; the others continue.
 */
export class PartitionPositions {
  #isStopped = false;
  /** The offset at which a partition was corrupt once. Held only the second time: the transfer may have failed. */
  readonly #corrupt = new Map<string, number>();
  /** Partitions whose next fetch has to show that their topic is still the same. */
  readonly #unverified = new Set<string>();

  /** @param writer resolves `idle` when no batch is being written */
  constructor(
    private readonly source: EventSource,
    private readonly frontier: Frontier,
    private readonly buffer: BatchBuffer,
    private readonly writer: { idle(): Promise<void> },
    private readonly starts: StartPositionFinder,
    private readonly committer: OffsetCommitter,
    private readonly transactions: OpenTransactions,
    private readonly observer: PipelineObserver,
  ) {}

  get isStopped(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    this.source.pause(this.frontier.assigned());
    this.#isStopped = true;
  }

  /** Begins a new generation: discards the previous one, and reads nothing until {@link start}. */
  begin(partitions: TopicPartition[]): void {
    this.frontier.begin(partitions);
    this.#unverified.clear();
    this.buffer.discard();
    this.committer.discard();
    this.source.pause(partitions);
    this.observer.assigned(this.frontier.generation, partitions);
  }

  /** Starts reading newly assigned partitions at their checkpoints. */
  async start(partitions: TopicPartition[]): Promise<void> {
    const { generation } = this.frontier;
    // A batch of the previous generation may still be committing: read the checkpoints after that.
    await this.writer.idle();
    if (!this.frontier.isCurrent(generation)) return;
    const found = await this.starts.find(partitions);
    if (found === null) return;
    this.committer.warehouse = found.warehouse;
    for (const start of found.partitions) this.#startAt(start);
    this.#commitCheckpoints(partitions);
    if (!this.#isStopped) this.source.resume(partitions.filter((at) => this.frontier.position(at) !== null));
    this.observer.lag(this.frontier.lags());
  }

  #startAt({ checkpoint, fault, ...bounds }: StartPosition): void {
    if (checkpoint !== null) {
      this.frontier.startAt(checkpoint);
      this.frontier.noteBounds(bounds);
    } else if (fault !== null) this.frontier.withhold(bounds, fault);
    if (fault !== null) this.hold(bounds, fault);
    else if (checkpoint !== null) this.#moveInto(bounds, checkpoint.nextOffset);
  }

  /** Makes the next fetch of each partition verify that the topic is still the same. */
  verifyAll(): void {
    for (const partition of this.frontier.assigned()) {
      this.#unverified.add(partitionName(partition));
      this.seek(partition);
    }
  }

  isUnverified(partition: TopicPartition): boolean {
    return this.#unverified.has(partitionName(partition));
  }

  /** Called when a fetch began one record early and found the record that was read. */
  verified(partition: TopicPartition): void {
    this.#unverified.delete(partitionName(partition));
  }

  /** Seeks to one record before the position, which shows whether the topic is still the same. */
  seek({ topic, partition }: TopicPartition): void {
    const position = this.frontier.position({ topic, partition });
    if (position === null) return;
    const offset = this.frontier.lastRead({ topic, partition })?.offset ?? position;
    this.source.seek({ topic, partition, offset });
  }

  /** Settles a fetch without new messages, so that the lag reaches 0. */
  passOver({ topic, partition, nextOffset, last }: FetchedBatch, position: number): void {
    if (nextOffset <= position) return;
    const lastTimestampMs = last?.timestampMs ?? null;
    const gap = emptyRange({ topic, partition }, position, nextOffset, 'gaps');
    this.buffer.add({ ...gap, lastTimestampMs });
    this.frontier.advance({ topic, partition }, nextOffset, lastTimestampMs);
  }

  /** Stops reading the partition until its next assignment. */
  hold({ topic, partition }: TopicPartition, fault: Fault): void {
    this.source.pause([{ topic, partition }]);
    this.frontier.block({ topic, partition }, fault);
    this.observer.partitionHeld({ topic, partition }, fault);
  }

  /** Holds a partition at undecodable records. The messages before them are stored. */
  holdUndecodable(fetched: FetchedBatch, generation: number): void {
    const undecodable = fetched.undecodable ?? null;
    if (undecodable === null || !this.frontier.isCurrent(generation)) return;
    const { first, isCorrupt, fault } = undecodable;
    if (this.frontier.position(fetched) !== first) return;
    const name = partitionName(fetched);
    // The next fetch begins at the same offset.
    if (isCorrupt && this.#corrupt.get(name) !== first) this.#corrupt.set(name, first);
    else this.hold(fetched, fault);
  }

  /** A fetch at an unexpected offset: either kafkajs reset its position, or the fetch is from an earlier generation. */
  async reconcile({ topic, partition }: TopicPartition, position: number, generation: number): Promise<void> {
    const [bounds] = await this.source.bounds([{ topic, partition }]);
    const isSame =
      this.frontier.isCurrent(generation) && this.frontier.position({ topic, partition }) === position;
    if (bounds === undefined || !isSame) return;
    this.frontier.noteBounds(bounds);
    this.#moveInto(bounds, position);
  }

  /** Reads the logs' bounds: for the lag, and to detect logs that lost unread messages, and open transactions. */
  async observeLogs(): Promise<void> {
    const { generation } = this.frontier;
    const partitions = this.frontier.assigned();
    if (partitions.length === 0) return;
    const positions = new Map(partitions.map((at) => [partitionName(at), this.frontier.position(at)]));
    const all = await this.source.bounds(partitions);
    for (const bounds of all) {
      if (!this.frontier.isCurrent(generation)) return;
      this.frontier.noteBounds(bounds);
      // A position that has moved since then was fetched from the log, so it is inside, whatever the older bounds say.
      const position = this.frontier.position(bounds);
      const isOutside = position !== null && (position < bounds.low || position > bounds.high);
      if (isOutside && positions.get(partitionName(bounds)) === position) this.#moveInto(bounds, position);
    }
    this.observer.lag(this.frontier.lags());
    await this.transactions.note(all);
  }

  /** Seeks to the position, or to the start of the log if retention has deleted the position. */
  #moveInto({ topic, partition, low, high }: LogBounds, position: number): void {
    const at = { topic, partition };
    if (position > high) {
      this.hold(at, lostPast(at, high, position));
      return;
    }
    if (position < low) {
      this.observer.lost({ ...at, from: position, to: low });
      this.buffer.add(emptyRange(at, position, low, 'lost'));
      this.frontier.advance(at, low, null);
    }
    this.seek(at);
  }

  /** The checkpoints are authoritative: discards what was read beyond them, and continues there. */
  returnTo(checkpoints: Checkpoint[]): void {
    const moved = checkpoints.map((checkpoint) => ({
      topic: checkpoint.topic,
      partition: checkpoint.partition,
      expected: this.frontier.position(checkpoint) ?? checkpoint.nextOffset,
      checkpoint: checkpoint.nextOffset,
    }));
    for (const checkpoint of checkpoints) {
      this.buffer.discard(checkpoint);
      this.frontier.startAt(checkpoint);
      this.seek(checkpoint);
    }
    this.#commitCheckpoints(checkpoints);
    this.observer.checkpointStale(moved);
  }

  /** Stops reading these partitions for a while; then continues at their checkpoints. The others are read meanwhile. */
  defer(partitions: DeferredPartition[]): void {
    const { generation } = this.frontier;
    for (const { checkpoint, fault, waitMs } of partitions) {
      const { topic, partition } = checkpoint;
      this.source.pause([{ topic, partition }]);
      this.buffer.discard(checkpoint);
      this.frontier.block(checkpoint, fault);
      void pause(waitMs, this.frontier.over, false).then(() => {
        if (this.#isStopped || !this.frontier.isCurrent(generation)) return;
        this.frontier.startAt(checkpoint);
        this.seek(checkpoint);
        this.source.resume([{ topic, partition }]);
      });
    }
  }

  /**
   * Tells Kafka the checkpoints: the commit after a batch may have failed, and the next batch may be a long time off.
   * Without any commit, tools would report the whole log as lag.
   */
  #commitCheckpoints(partitions: TopicPartition[]): void {
    const read = partitions.filter((at) => this.frontier.position(at) !== null);
    this.committer.commit(read.flatMap((at) => this.frontier.checkpoint(at) ?? []));
  }
}
