import type { Message, MessageHeaders, Oversize, Timestamp, TimestampType, TopicPartition } from '#pipeline';

/** Shared by all messages without headers, which most are. */
export const NO_HEADERS: MessageHeaders = Object.freeze({});

/** What all records of one record batch share. */
export interface BatchContext {
  producerId: string;
  inTransaction: boolean;
  isControlBatch: boolean;
  timestampType: TimestampType;
  /** Whether the transaction was aborted; set from the broker's list of aborted transactions. */
  isAborted: boolean;
}

/** The context of a placeholder for a record that compaction removed: only its offset is known. */
export const REMOVED: BatchContext = {
  producerId: '-1',
  inTransaction: false,
  isControlBatch: true,
  timestampType: 'CreateTime',
  isAborted: false,
};

/**
 * A fetched record, which replaces kafkajs's object. It slices key and value out of the fetched bytes only on access: a
 * full fetch has thousands of records, and they wait for room in the buffer.
 */
export class FetchedRecord {
  constructor(
    /** The buffer that contains the record. */
    private readonly bytes: Buffer,
    readonly position: number,
    readonly timestampMs: Timestamp,
    private readonly keyAt: number,
    /** -1 if there is no key. */
    private readonly keyLength: number,
    private readonly valueAt: number,
    /** -1 for a tombstone. */
    private readonly valueLength: number,
    readonly headers: MessageHeaders,
    readonly batchContext: BatchContext,
    readonly headersOmitted = 0,
    /** Set if only parts of the record were kept. */
    readonly oversize: Oversize | null = null,
  ) {}

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : this.bytes.subarray(this.keyAt, this.keyAt + this.keyLength);
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : this.bytes.subarray(this.valueAt, this.valueAt + this.valueLength);
  }

  /** In kafkajs's format. */
  get offset(): string {
    return String(this.position);
  }

  /** In kafkajs's format. */
  get timestamp(): string {
    return String(this.timestampMs);
  }

  /** Makes kafkajs skip control records and records of aborted transactions. */
  get isControlRecord(): boolean {
    return this.batchContext.isControlBatch || this.batchContext.isAborted;
  }

  /** The size of key and value in bytes, and the memory block that contains the value. */
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

/** A record with its topic and partition. It copies nothing: messages wait in the buffer by the thousands. */
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

  get timestampType(): TimestampType {
    return this.record.batchContext.timestampType;
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
