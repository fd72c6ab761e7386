import type { PartitionRange } from '../model/batch.js';
import { partitionName, type Coordinates } from '../model/message.js';

/**
 * The dead letters that the topic has acknowledged but the warehouse has not committed yet. They are remembered by
 * offset, so that neither another try nor another read of the same messages publishes them again.
 */
export class PublishedLetters {
  readonly #offsets = new Map<string, Set<number>>();

  has(at: Coordinates): boolean {
    return this.#offsets.get(partitionName(at))?.has(at.offset) ?? false;
  }

  add(at: Coordinates): void {
    const offsets = this.#offsets.get(partitionName(at));
    if (offsets === undefined) this.#offsets.set(partitionName(at), new Set([at.offset]));
    else offsets.add(at.offset);
  }

  /** Forgets what these ranges have settled. */
  forget(ranges: PartitionRange[]): void {
    for (const range of ranges) {
      const offsets = this.#offsets.get(partitionName(range));
      if (offsets === undefined) continue;
      for (const offset of offsets) if (offset < range.to) offsets.delete(offset);
      if (offsets.size === 0) this.#offsets.delete(partitionName(range));
    }
  }
}
