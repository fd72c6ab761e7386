import type { Message, Position, RecordTime } from '#pipeline';
import { Random } from '#traffic';

/** What is at an offset. */
type Kind = 'record' | 'aborted' | 'marker' | 'compactable';

const STARTED_MS = Date.UTC(2026, 0, 31);
/** Of 32 offsets, one ends a transaction, and every eighth transaction is aborted. */
const TRANSACTION = 32;

/**
 * A topic whose records follow from their offsets, so that millions of them take no memory: transactions, some of them
 * aborted, and records that compaction removes at some time.
 */
export class NumberedLog {
  /** Compaction has removed what it can below this offset. */
  compactedBelow = 0;

  constructor(
    readonly topic: string,
    readonly partitions: number,
    /** The offset after the last one of each partition. */
    readonly end: number,
  ) {}

  kindAt(offset: number): Kind {
    if (offset % TRANSACTION === TRANSACTION - 1) return 'marker';
    if (Math.floor(offset / TRANSACTION) % 8 === 3) return 'aborted';
    return offset % 7 === 2 ? 'compactable' : 'record';
  }

  timestampAt(offset: number): number {
    return STARTED_MS + offset * 10;
  }

  recordAt(partition: number, offset: number): Message {
    const random = new Random(partition * this.end + offset);
    const bytes = Buffer.alloc(random.integer(0, 120), random.integer(0, 255));
    const isText = random.chance(0.8);
    return {
      topic: this.topic,
      partition,
      offset,
      timestampMs: this.timestampAt(offset),
      key: random.chance(0.9) ? Buffer.from(`key ${random.integer(0, 9_999)}`) : null,
      value: random.chance(0.02)
        ? null
        : isText
          ? Buffer.from(`${offset} ${bytes.toString('hex')}\u2028é`)
          : bytes,
      headers: random.chance(0.1) ? { trace: Buffer.from([offset % 256, 0xff]) } : {},
    };
  }

  /** Whether a read_committed consumer receives a record from here now. */
  isReadable(offset: number): boolean {
    const kind = this.kindAt(offset);
    return kind === 'record' || (kind === 'compactable' && offset >= this.compactedBelow);
  }

  /** The time of whatever is at an offset; null if compaction has removed it. */
  timeAt(offset: number): RecordTime | null {
    const isGone = this.kindAt(offset) === 'compactable' && offset < this.compactedBelow;
    return isGone || offset < 0 || offset >= this.end
      ? null
      : { offset, timestampMs: this.timestampAt(offset) };
  }

  /** The result of a fetch: at most `count` offsets. */
  fetch({ partition, offset: from }: Position, count: number) {
    const next = Math.min(from + count, this.end);
    const offsets: number[] = [];
    let first: RecordTime | null = null;
    for (let offset = from; offset < next; offset += 1) {
      first ??= this.timeAt(offset);
      if (this.isReadable(offset)) offsets.push(offset);
    }
    const records = offsets.map((offset) => this.recordAt(partition, offset));
    return {
      topic: this.topic,
      partition,
      fetchedOffset: from,
      nextOffset: next,
      first,
      last: this.timeAt(next - 1),
      highWatermark: this.end,
      isCompact: true,
      length: records.length,
      bytes: records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0),
      at: (index: number): Message => {
        const record = records[index];
        if (record === undefined) throw new RangeError(`no record ${index}`);
        return record;
      },
    };
  }
}
