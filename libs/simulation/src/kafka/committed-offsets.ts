import { partitionName, type TopicPartition } from '#pipeline';
import { theWorld } from '../time/world.js';

interface Committed {
  offset: number;
  metadata: string;
  /** The highest offset ever committed. */
  highest: number;
}

/** The offsets that a group has committed. */
export class CommittedOffsets {
  /** Called at every commit. */
  onCommit: (at: TopicPartition, offset: number) => void = () => undefined;
  readonly #offsets = new Map<string, Committed>();

  commit(at: TopicPartition, offset: number, metadata: string): void {
    const before = this.#offsets.get(partitionName(at));
    const highest = Math.max(before?.highest ?? 0, offset);
    if (before !== undefined && offset < before.offset) {
      theWorld().tell(
        `${partitionName(at)}: a commit moves the offset back from ${before.offset} to ${offset}`,
      );
    }
    this.#offsets.set(partitionName(at), { offset, metadata, highest });
    this.onCommit(at, offset);
  }

  of(at: TopicPartition): { offset: number; metadata: string } | undefined {
    return this.#offsets.get(partitionName(at));
  }

  /** Whether the last commit left the offset below an earlier one. */
  isMovedBack(at: TopicPartition): boolean {
    const found = this.#offsets.get(partitionName(at));
    return found !== undefined && found.offset < found.highest;
  }

  /** Deletes the offsets of a deleted topic, as a broker does. */
  forget(topic: string): void {
    for (const name of [...this.#offsets.keys()])
      if (name.startsWith(`${topic}-`)) this.#offsets.delete(name);
  }
}
