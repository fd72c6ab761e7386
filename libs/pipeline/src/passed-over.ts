import { partitionName, type TopicPartition } from './message.js';

/** Remembers the last run of offsets without messages that a fetch reported for each partition. */
export class PassedOver {
  readonly #last = new Map<string, string>();

  /** Whether the same run was reported before for the same position; notes it either way. */
  isRepeated(partition: TopicPartition, position: number, lastOffset: number): boolean {
    const run = `${position}..${lastOffset}`;
    const isRepeated = this.#last.get(partitionName(partition)) === run;
    this.#last.set(partitionName(partition), run);
    return isRepeated;
  }
}
