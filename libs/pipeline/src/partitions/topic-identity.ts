import type { FetchedBatch, RecordTime } from '../ports/event-source.js';
import type { Fault } from '../model/fault.js';
import { partitionName, timeText, type TopicPartition } from '../model/message.js';

/** What a fetch is to the messages that were read before it. */
export type Beginning =
  /** Its messages from `index` on are new. */
  | { kind: 'here'; index: number }
  /** It does not begin where reading goes on. */
  | { kind: 'elsewhere' }
  /** The last record that was read is another one now. */
  | { kind: 'other-topic'; fault: Fault };

/**
 * Tells a topic from another one of the same name that has grown past the checkpoint. A fetch may begin at the last
 * record that was read, whose time has to be what it was; it is not read again. A record keeps its time whatever it is: a
 * message, a transaction marker, a record of an aborted transaction.
 *
 * @param position where reading goes on
 */
export function beginningOf(fetched: FetchedBatch, position: number, read: RecordTime | null): Beginning {
  if (fetched.fetchedOffset === position) return { kind: 'here', index: 0 };
  if (fetched.fetchedOffset !== read?.offset) return { kind: 'elsewhere' };
  const { first } = fetched;
  // Compaction may have taken the record itself.
  if (first?.offset !== read.offset) return { kind: 'here', index: 0 };
  if (first.timestampMs !== read.timestampMs) {
    return { kind: 'other-topic', fault: otherTopic(fetched, read, first.timestampMs) };
  }
  const isMessage = fetched.length > 0 && fetched.at(0).offset === read.offset;
  return { kind: 'here', index: isMessage ? 1 : 0 };
}

function otherTopic(at: TopicPartition, read: RecordTime, timestampMs: number): Fault {
  const message =
    `${partitionName(at)} is another topic of the same name: the record at ${read.offset} was of ` +
    `${timeText(read.timestampMs)} when it was read, and is of ${timeText(timestampMs)} now`;
  return { class: 'setup', code: 'OTHER_TOPIC', message, remedy: wayOut(at) };
}

/** A log that ends below its checkpoint cannot be read. */
export function lostPast(at: TopicPartition, high: number, position: number): Fault {
  const message =
    `${partitionName(at)} ends at ${high}, below the checkpoint ${position}: the topic was deleted and ` +
    `made again, or lost its past`;
  return { class: 'setup', code: 'TOPIC_LOST_PAST', message, remedy: wayOut(at) };
}

function wayOut({ partition }: TopicPartition): string {
  return (
    `Nothing is read from it. If the new topic is meant, stop every ingester, run \`npm run operator -- ` +
    `checkpoints set --partition ${partition} --to earliest --yes\` (with the image: \`operator\` and the same ` +
    `arguments) and start them again; if not, restore the topic`
  );
}
