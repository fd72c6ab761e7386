import type { Fault } from '../model/fault.js';
import type { Message, TopicPartition } from '../model/message.js';

/** A range of offsets that cannot be read, both ends inclusive. */
export interface Undecodable {
  first: number;
  last: number;
  fault: Fault;
  /** Whether the bytes were damaged, perhaps only in transfer: fetching them again may help. */
  isCorrupt: boolean;
}

/** The offset and time of any record: a message, a transaction marker, or a record of an aborted transaction. */
export interface RecordTime {
  offset: number;
  timestampMs: number;
}

/** What was fetched from one partition, as the transport passes it to the pipeline. */
export interface FetchedBatch extends TopicPartition {
  /** The requested offset; the first message may have a higher one. */
  fetchedOffset: number;
  /** The offset to fetch next: past the last record, control records included. */
  nextOffset: number;
  /** The first record; null if compaction left none. */
  first: RecordTime | null;
  /** The record right before `nextOffset`; null if compaction removed it. */
  last: RecordTime | null;
  /** The unreadable offsets that begin at `nextOffset`; null or absent if there are none. */
  undecodable?: Undecodable | null;
  /** The log's end at the time of the fetch. */
  highWatermark: number;
  /** The number of messages, which may be 0. */
  length: number;
  /** The size of all keys and values. */
  bytes: number;
  /** Whether the messages fill a good part of their memory, so that keeping them without a copy wastes little. */
  isCompact: boolean;
  /** Creates the message at `index` of [0, length), in the order of offsets. */
  at(index: number): Message;
  /** Sends a heartbeat to the group. Throws if the group rebalances; do not catch that error. */
  heartbeat(): Promise<void>;
  /** Marks the fetch as read: the next one starts at `nextOffset`. */
  resolve(): void;
}

/** The bounds of a partition's log: offsets of [low, stable) can be read. */
export interface LogBounds extends TopicPartition {
  low: number;
  /** The last stable offset: the first offset of the earliest open transaction; `high` if none is open. */
  stable: number;
  /** The high watermark. */
  high: number;
}

/** The producer that keeps a transaction open. */
export interface TransactionProducer {
  producerId: string;
  /** The time of its newest record. */
  lastWriteMs: number;
}

/** A partition and the next offset to read from it. */
export interface Position extends TopicPartition {
  offset: number;
}

/** A position that the group has committed. */
export interface CommittedPosition extends Position {
  /** The metadata committed with the offset; may be empty. */
  metadata: string;
}

export interface EventSourceListener {
  /**
   * The group was joined, and exactly these partitions are assigned to this member. Called before the first fetch of
   * the new assignment; the listener pauses the partitions, seeks and resumes them.
   */
  assigned(partitions: TopicPartition[]): void;
  /**
   * The topic may have been recreated without a new join: a fetch failed, or nothing was fetched for a second. Called
   * before the next fetch.
   */
  interrupted(): void;
}

/** The pipeline's port to the message log. */
export abstract class EventSource {
  abstract listen(listener: EventSourceListener): void;
  abstract pause(partitions: TopicPartition[]): void;
  abstract resume(partitions: TopicPartition[]): void;
  abstract seek(position: Position): void;
  /** @throws FaultError */
  abstract bounds(partitions: TopicPartition[]): Promise<LogBounds[]>;
  /** The producer whose open transaction begins at this position; null if Kafka lists none. @throws FaultError */
  abstract producerOf(position: Position): Promise<TransactionProducer | null>;
  /** The group's committed offsets; omits partitions without one. @throws FaultError */
  abstract committed(partitions: TopicPartition[]): Promise<CommittedPosition[]>;
  /**
   * Commits offsets for this group in its present generation, or drops them. Tools and the next start use them as a
   * hint.
   *
   * @throws Error
   */
  abstract commit(positions: CommittedPosition[]): Promise<void>;
}
