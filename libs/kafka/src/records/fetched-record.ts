import type { Message, MessageHeaders, Oversize, Timestamp, TopicPartition } from '#pipeline';

/** Most messages have none, and share this. */
export const NO_HEADERS: MessageHeaders = Object.freeze({});

/** What the records of one batch of the log share. */
export interface BatchContext {
  producerId: string;
  inTransaction: boolean;
  isControlBatch: boolean;
  /** Of a transaction that was aborted; set when the broker's list of those has been read. */
  isAborted: boolean;
}

/** Of the record that stands for one which compaction has taken: all that is known of it is its offset. */
export const REMOVED: BatchContext = {
  producerId: '-1',
  inTransaction: false,
  isControlBatch: true,
  isAborted: false,
};

/**
 * A record of a fetch, in the place of the object that kafkajs would make: its key and value stay where they lie until
 * they are asked for. A full fetch is thousands of them, and they wait for room in the buffer.
 */
export class FetchedRecord {
  constructor(
    /** What the record lies in. */
    private readonly bytes: Buffer,
    readonly position: number,
    readonly timestampMs: Timestamp,
    private readonly keyAt: number,
    /** -1 where there is none. */
    private readonly keyLength: number,
    private readonly valueAt: number,
    /** -1 for a tombstone. */
    private readonly valueLength: number,
    readonly headers: MessageHeaders,
    readonly batchContext: BatchContext,
    readonly headersOmitted = 0,
    /** Where only parts of the record are here. */
    readonly oversize: Oversize | null = null,
  ) {}

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueLength);
  }

  /** As kafkajs has it. */
  get offset(): string {
    return String(this.position);
  }

  /** As kafkajs has it. */
  get timestamp(): string {
    return String(this.timestampMs);
  }

  /** What kafkajs passes over: control records, and those of aborted transactions. */
  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch || this.batchContext.isAborted;
  }

  /** How many bytes key and value are, and the memory that the value lies in. */
  get place(): { size: number; lies: ArrayBufferLike | null } {
    return {
      size: Math.max(0, this.keyLength) + Math.max(0, this.valueLength),
      lies: this.valueLength < 0 ? null : this.bytes.buffer,
    };
  }

  message(place: TopicPartition): Message {
    return new FetchedMessage(place, this);
  }
}

/** A record and where it was fetched: little more than the record itself, for as long as it waits to be written. */
class FetchedMessage implements Message {
  constructor(
    private readonly place: TopicPartition,
    private readonly record: FetchedRecord,
  ) {}

  get topic(): string {
    return this.place.topic;
  }

  get partition(): number {
    return this.place.partition;
  }

  get offset(): number {
    return this.record.position;
  }

  get timestampMs(): Timestamp {
    return this.record.timestampMs;
  }

  get key(): Buffer | null {
    return this.record.key;
  }

  get value(): Buffer | null {
    return this.record.value;
  }

  get headers(): MessageHeaders {
    return this.record.headers;
  }

  get headersOmitted(): number {
    return this.record.headersOmitted;
  }

  get oversize(): Oversize | null {
    return this.record.oversize;
  }
}
