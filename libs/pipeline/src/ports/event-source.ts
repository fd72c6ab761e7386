import type { Fault } from '../model/fault.js';
import type { Message, TopicPartition } from '../model/message.js';

/** Offsets that cannot be read, both ends included. */
export interface Undecodable {
  first: number;
  last: number;
  fault: Fault;
  /** Its bytes are not what was written: another transfer may bring others. */
  isCorrupt: boolean;
}

/** A record by its offset and time. It may be no message: a transaction marker, or a record of an aborted transaction. */
export interface RecordTime {
  offset: number;
  timestampMs: number;
}

/** What one fetch brought for one partition, as the transport hands it to the pipeline. */
export interface FetchedBatch extends TopicPartition {
  /** The offset that was asked for; the first message may stand higher, where Kafka left a gap. */
  fetchedOffset: number;
  /** The offset to fetch next: past the last record, control records included. */
  nextOffset: number;
  /** The first record; null where compaction left none. */
  first: RecordTime | null;
  /** The record right before `nextOffset`; null where compaction took it. */
  last: RecordTime | null;
  /** What cannot be read at `nextOffset`; null or absent where nothing is in the way. */
  undecodable?: Undecodable | null;
  /** The log's end when the fetch was answered. */
  highWatermark: number;
  /** How many messages there are, perhaps none; a message is made only when it is asked for. */
  length: number;
  /** Of keys and values together. */
  bytes: number;
  /** Its messages fill a good part of the memory that they lie in: kept as they are, they hold little besides. */
  isCompact: boolean;
  /** The message at `index` of [0, length), in the order of offsets. */
  at(index: number): Message;
  /** Tells the group that this member lives. Throws when the group rebalances: let it pass. */
  heartbeat(): Promise<void>;
  /** Takes the fetch as read: the next one starts at `nextOffset`. */
  resolve(): void;
}

/** Where a partition's log begins and ends: offsets of [low, stable) can be read. */
export interface LogBounds extends TopicPartition {
  low: number;
  /** The last stable offset: where the first transaction begins that is still open; `high` where none is. */
  stable: number;
  /** The high watermark. */
  high: number;
}

/** Who keeps a transaction open. */
export interface TransactionProducer {
  producerId: string;
  /** The time of its newest record. */
  lastWriteMs: number;
}

/** A partition and the next offset to read from it. */
export interface Position extends TopicPartition {
  offset: number;
}

/** A position as the group has committed it. */
export interface CommittedPosition extends Position {
  /** What was committed beside the offset; empty where nothing was. */
  metadata: string;
}

export interface EventSourceListener {
  /**
   * The group was joined and these partitions, no others, are this member's. Called at once, before any fetch of
   * the new assignment; the listener pauses, places and resumes them.
   */
  assigned(partitions: TopicPartition[]): void;
  /**
   * The topic may have been recreated without a new join: a fetch failed, or nothing was fetched for a second. Called
   * before the next fetch.
   */
  interrupted(): void;
}

/** The message log, as the pipeline sees it. */
export abstract class EventSource {
  abstract listen(listener: EventSourceListener): void;
  abstract pause(partitions: TopicPartition[]): void;
  abstract resume(partitions: TopicPartition[]): void;
  abstract seek(position: Position): void;
  /** @throws FaultError */
  abstract bounds(partitions: TopicPartition[]): Promise<LogBounds[]>;
  /** Whose open transaction begins at this position; null where Kafka does not say. @throws FaultError */
  abstract producerOf(position: Position): Promise<TransactionProducer | null>;
  /** The group's committed offsets; partitions without one are left out. @throws FaultError */
  abstract committed(partitions: TopicPartition[]): Promise<CommittedPosition[]>;
  /**
   * Commits offsets for this group, in its present generation or not at all: a hint for tools and for the next start.
   *
   * @throws Error
   */
  abstract commit(positions: CommittedPosition[]): Promise<void>;
}
