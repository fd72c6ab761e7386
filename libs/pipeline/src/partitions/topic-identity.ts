import type { FetchedBatch, RecordTime } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, timeText, type TopicPartition } from '../model/message.js';

/** How a fetch relates to the messages that were read before it. */
export type Beginning =
  /** Its messages from `index` on are new. */
  | { kind: 'here'; index: number }
  /** It does not begin at the position. */
  | { kind: 'elsewhere' }
  /** The record that was read last has been replaced by another one. */
  | { kind: 'other-topic'; fault: Fault };

/**
 * Detects a topic that was recreated under the same name and has grown past the checkpoint. A fetch may begin one
 * record early, at the last record read. That record is not read again, but its time must not have changed; this
 * applies to any record: a message, a transaction marker, a record of an aborted transaction.
 *
 * @param position the next offset to take
 */
export function beginningOf(fetched: FetchedBatch, position: number, read: RecordTime | null): Beginning {
  if (fetched.fetchedOffset === position) return { kind: 'here', index: 0 };
  if (fetched.fetchedOffset !== read?.offset) return { kind: 'elsewhere' };
  const { first } = fetched;
  // Compaction may have removed the record.
  if (first?.offset !== read.offset) return { kind: 'here', index: 0 };
  if (first.timestampMs !== read.timestampMs) {
    return { kind: 'other-topic', fault: otherTopic(fetched, read, first.timestampMs) };
  }
  const isMessage = fetched.length > 0 && fetched.at(0).offset === read.offset;
  return { kind: 'here', index: isMessage ? 1 : 0 };
}

function otherTopic(at: TopicPartition, read: RecordTime, timestampMs: number): Fault {
  const message =
    `${partitionName(at)} belongs to another topic of the same name: the record at offset ${read.offset} had the time ` +
    `${timeText(read.timestampMs)} when it was read, and now has ${timeText(timestampMs)}`;
  return { class: 'setup', code: 'OTHER_TOPIC', message, remedy: remedyFor(at) };
}

/** The fault of a log that ends below its checkpoint. */
export function lostPast(at: TopicPartition, high: number, position: number): Fault {
  const message =
    `${partitionName(at)} ends at ${high}, below the checkpoint ${position}: the topic was deleted and ` +
    `recreated, or lost data`;
  return { class: 'setup', code: 'TOPIC_LOST_PAST', message, remedy: remedyFor(at) };
}

function remedyFor({ partition }: TopicPartition): string {
  return (
    `The partition is not read. If the new topic is intended, stop every ingester, run \`npm run operator -- ` +
    `checkpoints set --partition ${partition} --to earliest --yes\` (with the image: \`operator\` and the same ` +
    `arguments) and start them again; otherwise restore the topic`
  );
}
