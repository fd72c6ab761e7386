import type { Fault } from '../model/fault.js';
import type { TopicPartition } from '../model/message.js';
import type { Checkpoint } from '../ports/event-repository.js';

/** A partition that is assigned to this member: how far it was read and settled. */
export interface PartitionState extends TopicPartition {
  /** The next offset to take from Kafka. */
  position: number;
  /** The time of the record right before the position; null if there is none. */
  lastTimestampMs: number | null;
  /**
   * The warehouse's checkpoint, as far as this process knows it: every offset below its next one is settled. Null if
   * the warehouse should have one and does not; the partition is then blocked.
   */
  checkpoint: Checkpoint | null;
  /** The last known bounds of the log. */
  low: number | null;
  high: number | null;
  /** When the log's end was last read, on the monotonic clock. */
  highSeenAt: number;
  /** Ranges that were read, oldest first: where each begins, and the oldest time of its messages. */
  read: { from: number; oldestMs: number }[];
  /** Why this partition is blocked; null if it is not. */
  blocked: Fault | null;
}

/** The number of unsettled messages of a partition when its log's end was last read. */
export interface PartitionLag extends TopicPartition {
  lag: number;
  /** The log's end. */
  end: number;
  /** The time of the oldest unsettled message; null if there is none, or none was read yet. */
  oldestMs: number | null;
  /** On the monotonic clock, in milliseconds. */
  seenAt: number;
}

/**
 * Returns the messages between the settled offset and the log's end; null while the log's end is unknown. For a blocked
 * partition the whole log counts, because its settled offsets may belong to another log.
 */
export function lagOf(state: PartitionState): PartitionLag | null {
  const { topic, partition, checkpoint, low, high, highSeenAt, read, blocked } = state;
  if (high === null) return null;
  const settled = checkpoint?.nextOffset ?? low ?? 0;
  const from = blocked === null ? settled : Math.min(settled, low ?? settled);
  const oldestMs = read.reduce((oldest, range) => Math.min(oldest, range.oldestMs), Infinity);
  return {
    topic,
    partition,
    lag: Math.max(0, high - from),
    end: high,
    oldestMs: oldestMs === Infinity ? null : oldestMs,
    seenAt: highSeenAt,
  };
}
