import {
  partitionName,
  settledBy,
  type Batch,
  type Checkpoint,
  type DeadLetter,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type StoredRow,
  type TopicPartition,
  type WriteResult,
} from '#pipeline';

/**
 * A warehouse in memory that keeps the port's promises: all or nothing, and only from the checkpoint. The results of the
 * next writes can be scripted.
 */
export class MemoryWarehouse implements EventRepository {
  /** What {@link identity} returns. */
  name = 'memory';
  readonly rows: StoredRow[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly batches: Batch[] = [];
  /** The batches begun ahead, in order. */
  readonly prepared: Batch[] = [];
  preparesGrowingEveryMs = Infinity;
  readonly checkpoints = new Map<string, Checkpoint>();
  /** The results of the next writes, in order; each function is called by its write. */
  readonly script: ((batch: Batch) => Promise<WriteResult | 'write'>)[] = [];

  async open(): Promise<Fault[]> {
    return [];
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return partitions.flatMap(({ topic, partition, startOffset, requiredOffset = 0 }) => {
      const name = partitionName({ topic, partition });
      const stored = this.#storedEnd({ topic, partition });
      const known = this.checkpoints.get(name);
      if (known === undefined && stored < requiredOffset) return [];
      const claimed = known ?? checkpointAt(topic, partition, Math.max(startOffset, stored));
      this.checkpoints.set(name, claimed);
      return claimed;
    });
  }

  async identity(): Promise<string> {
    return this.name;
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return partitions.map((at) => this.#storedEnd(at));
  }

  async otherGroups(): Promise<string[]> {
    return [];
  }

  async write(batch: Batch): Promise<WriteResult> {
    const scripted = await this.script.shift()?.(batch);
    if (scripted !== undefined && scripted !== 'write') return scripted;
    return this.commit(batch);
  }

  prepare(batch: Batch): void {
    this.prepared.push(batch);
  }

  /** Writes as another owner of the partitions would. */
  commit(batch: Batch): WriteResult {
    const stale = batch.ranges.flatMap((range) => {
      const checkpoint = this.checkpoints.get(partitionName(range));
      return checkpoint !== undefined && checkpoint.nextOffset !== range.from ? [checkpoint] : [];
    });
    if (stale.length > 0) return { kind: 'stale', checkpoints: stale };
    this.rows.push(...batch.rows);
    this.deadLetters.push(...batch.deadLetters);
    this.batches.push(batch);
    for (const range of batch.ranges) {
      const before =
        this.checkpoints.get(partitionName(range)) ?? checkpointAt(range.topic, range.partition, range.from);
      this.checkpoints.set(partitionName(range), settledBy(before, range));
    }
    return { kind: 'stored', seconds: 0.001 };
  }

  #storedEnd(at: TopicPartition): number {
    const own = this.rows.filter(({ message }) => partitionName(message) === partitionName(at));
    return Math.max(0, ...own.map(({ message }) => message.offset + 1));
  }

  checkpoint(topic: string, partition: number): Checkpoint {
    const found = this.checkpoints.get(partitionName({ topic, partition }));
    if (found === undefined) throw new Error(`no checkpoint for ${topic}-${partition}`);
    return found;
  }

  async close(): Promise<void> {
    // Nothing to release.
  }
}

function checkpointAt(topic: string, partition: number, offset: number): Checkpoint {
  const none = { stored: 0, deadLettered: 0, skipped: 0, gaps: 0, lost: 0, lastTimestampMs: null };
  return { topic, partition, firstOffset: offset, nextOffset: offset, ...none };
}
