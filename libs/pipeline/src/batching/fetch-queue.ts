import type { FetchedBatch } from '../ports/event-source.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import { OVERHEAD_BYTES, type Room } from './room.js';

/** Fetches that wait to be validated, one after the other. */
export class FetchQueue {
  /** The end of the last one of each partition; only partitions of which one waits. */
  readonly #ends = new Map<string, Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;
  #events = 0;
  #bytes = 0;

  /** How many fetches there are, with the one that is being validated. */
  get length(): number {
    return this.#length;
  }

  /** Whether all of a fetch can be buffered behind what waits here. */
  hasRoom(fetched: FetchedBatch, room: Room): boolean {
    return this.#events + fetched.length < room.events && this.#bytes + bytesOf(fetched) < room.bytes;
  }

  /** Validates a fetch when those before it have been validated, whatever became of them. */
  async add<Result>(fetched: FetchedBatch, validate: () => Promise<Result>): Promise<Result> {
    const name = partitionName(fetched);
    this.#length += 1;
    this.#events += fetched.length;
    this.#bytes += bytesOf(fetched);
    const validated = this.#last.then(validate);
    const leave = () => {
      this.#length -= 1;
      this.#events -= fetched.length;
      this.#bytes -= bytesOf(fetched);
      if (this.#ends.get(name) === end) this.#ends.delete(name);
    };
    // A failure is for whoever added the fetch.
    const end = validated.then(leave, leave);
    this.#ends.set(name, end);
    this.#last = end;
    return validated;
  }

  /** Resolves when nothing of the partition waits any more; undefined where nothing does. */
  endOf(partition: TopicPartition): Promise<void> | undefined {
    return this.#ends.get(partitionName(partition));
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#length > 0) await this.#last;
  }
}

function bytesOf({ length, bytes }: FetchedBatch): number {
  return bytes + length * OVERHEAD_BYTES;
}
