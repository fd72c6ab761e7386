import type {
  Batch,
  Checkpoint,
  EventRepository,
  Fault,
  PartitionStart,
  TopicPartition,
  WriteResult,
} from '#pipeline';
import type { LeftOut } from './left-out.js';

/** Writes batches with the offsets that a replay left out as LOST: the pipeline takes them for offsets without a record. */
export class LossCounting implements EventRepository {
  constructor(
    private readonly repository: EventRepository,
    private readonly leftOut: LeftOut,
  ) {}

  get warnings(): readonly string[] {
    return this.repository.warnings ?? [];
  }

  open(): Promise<Fault[]> {
    return this.repository.open();
  }

  identity(): Promise<string> {
    return this.repository.identity();
  }

  claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return this.repository.claim(partitions);
  }

  storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return this.repository.storedEnds(partitions);
  }

  otherGroups(topic: string): Promise<string[]> {
    return this.repository.otherGroups(topic);
  }

  write(batch: Batch): Promise<WriteResult> {
    const ranges = batch.ranges.map((range) => {
      const lost = Math.min(range.gaps, this.leftOut.countIn(range, range.from, range.to));
      return { ...range, gaps: range.gaps - lost, lost: range.lost + lost };
    });
    return this.repository.write({ ...batch, ranges });
  }

  close(): Promise<void> {
    return this.repository.close();
  }
}
