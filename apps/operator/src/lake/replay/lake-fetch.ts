import { nearestMs, type FetchedBatch, type Message, type RecordTime } from '#pipeline';
import type { ObjectSummary } from '#lake';

/** The records of an object from an offset on, as if they had been fetched from Kafka. */
export class LakeFetch implements FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
  readonly first: RecordTime | null;
  readonly last: RecordTime | null;
  readonly length: number;
  readonly bytes: number;
  /** Each record has memory of its own. */
  readonly isCompact = true;

  constructor(
    at: { topic: string; partition: number },
    readonly fetchedOffset: number,
    { next, lastTimestampMs }: Pick<ObjectSummary, 'next' | 'lastTimestampMs'>,
    private readonly records: readonly Message[],
    readonly highWatermark: number,
    private readonly onResolved: () => void,
  ) {
    this.topic = at.topic;
    this.partition = at.partition;
    this.nextOffset = next;
    const [first] = records;
    this.first =
      first === undefined ? null : { offset: first.offset, timestampMs: nearestMs(first.timestampMs) };
    this.last = lastTimestampMs === null ? null : { offset: next - 1, timestampMs: lastTimestampMs };
    this.length = records.length;
    this.bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
  }

  at(index: number): Message {
    const message = this.records[index];
    if (message === undefined)
      throw new RangeError(`a fetch of ${this.length} messages has none at ${index}`);
    return message;
  }

  async heartbeat(): Promise<void> {
    // There is no group.
  }

  resolve(): void {
    this.onResolved();
  }
}
