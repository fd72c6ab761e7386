import type {
  Batch,
  Checkpoint,
  EventRepository,
  Fault,
  PartitionStart,
  TopicPartition,
  WriteResult,
} from '#pipeline';
import { writeMark } from './mark.js';

/** A warehouse that costs nothing: takes every batch, counts what is in it, keeps none of it. */
export class CountingRepository implements EventRepository {
  #events = 0;

  async open(): Promise<Fault[]> {
    return [];
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return partitions.map(({ topic, partition, startOffset }) => ({
      topic,
      partition,
      firstOffset: startOffset,
      nextOffset: startOffset,
      stored: 0,
      deadLettered: 0,
      skipped: 0,
      gaps: 0,
      lost: 0,
      lastTimestampMs: null,
    }));
  }

  async identity(): Promise<string> {
    return 'none';
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return partitions.map(() => 0);
  }

  async otherGroups(): Promise<string[]> {
    return [];
  }

  async write({ ranges }: Batch): Promise<WriteResult> {
    for (const { stored, deadLettered, skipped } of ranges) this.#events += stored + deadLettered + skipped;
    writeMark(this.#events);
    return { kind: 'stored', seconds: 0 };
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
