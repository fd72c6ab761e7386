import { FaultError, type Message, type TopicPartition } from '#pipeline';
import { FOOTER_BYTES, readFooter, damaged, type ObjectSummary } from './format/footer.js';
import { pack, unpack, type UnreadablePart } from './format/object-content.js';
import { firstOffsetOf, objectKey, partitionOf, partitionPrefix } from './format/object-key.js';
import type { ListedObject, ObjectStore } from './object-store.js';

/** An object that was found by listing. */
export interface LakeObject extends TopicPartition, ListedObject {
  first: number;
}

export type Appended =
  { kind: 'written'; bytes: number } | { kind: 'taken'; next: number; lastTimestampMs: number | null };

/**
 * Each partition is a chain of objects: an object begins where the one before ends, and the first one at offset 0. Its
 * key contains only where it begins, and the store accepts each key once. Whoever appends to the chain therefore finds
 * out if somebody else already has.
 */
export class Lake {
  constructor(readonly store: ObjectStore) {}

  /**
   * Appends an object with these lines. If another object begins at the same offset, writes nothing and returns where
   * that one ends.
   *
   * @param lines each piece is one line or several
   * @throws FaultError; the object may have been written nevertheless
   */
  async append(at: TopicPartition, summary: ObjectSummary, lines: readonly Buffer[]): Promise<Appended> {
    const key = objectKey(at, summary.first);
    const content = await pack(lines, summary);
    const metadata = {
      'first-offset': String(summary.first),
      'last-offset': String(summary.next - 1),
      records: String(summary.records),
      lost: String(summary.lost),
    };
    if ((await this.store.put(key, content, metadata)) === 'written')
      return { kind: 'written', bytes: content.length };
    const { next, lastTimestampMs } = await this.summary(key);
    return { kind: 'taken', next, lastTimestampMs };
  }

  /** What the partition's last object covers; null if there is none. @throws FaultError */
  async last(at: TopicPartition): Promise<ObjectSummary | null> {
    const found = await this.store.last(partitionPrefix(at));
    return found === null ? null : this.summary(found.key);
  }

  /** Reads the object's footer. @throws FaultError */
  async summary(key: string): Promise<ObjectSummary> {
    const summary = readFooter(key, await this.store.tail(key, FOOTER_BYTES));
    const { first, next } = summary;
    if (first !== firstOffsetOf(key) || next <= first)
      throw new FaultError(damaged(key, `its footer says that it covers offsets ${first} to ${next - 1}`));
    return summary;
  }

  /** The objects of a topic in the order of keys; leaves out what is not an object of the lake. @throws FaultError */
  async *objects(topic: string, partition?: number): AsyncIterable<LakeObject> {
    const prefix = partition === undefined ? `${topic}/` : partitionPrefix({ topic, partition });
    for await (const listed of this.store.list(prefix)) {
      const at = partitionOf(listed.key);
      const first = firstOffsetOf(listed.key);
      if (at !== null && first !== null) yield { ...listed, ...at, first };
    }
  }

  /** The records of {@link recordLists}, one by one. @throws FaultError */
  async *records(...object: Parameters<Lake['recordLists']>): AsyncIterable<Message> {
    for await (const records of this.recordLists(...object)) yield* records;
  }

  /**
   * The records of an object in the order of offsets, in lists: waiting for each record takes as long as reading it.
   *
   * @param onUnreadable called with what cannot be read, after the list of what is before it; without it, that throws
   * @throws FaultError
   */
  recordLists(
    { key, topic }: Pick<LakeObject, 'key' | 'topic'>,
    onUnreadable?: (part: UnreadablePart) => void,
  ): AsyncIterable<Message[]> {
    return unpack(key, topic, this.store.read(key), onUnreadable);
  }
}
