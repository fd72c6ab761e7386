import type { FetchedBatch } from '../ports/event-source.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import { OVERHEAD_BYTES, type Room } from './room.js';

/** Validates fetches one after the other. */
export class FetchQueue {
  /** By partition, the end of its last queued fetch; only partitions with queued fetches. */
  readonly #ends = new Map<string, Promise<void>>();
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;
  #events = 0;
  #bytes = 0;

  /** The number of queued fetches, including the one that is being validated. */
  get length(): number {
    return this.#length;
  }

  /** Whether the buffer has room for all of a fetch after the queued ones. */
  hasRoom(fetched: FetchedBatch, room: Room): boolean {
    return this.#events + fetched.length < room.events && this.#bytes + bytesOf(fetched) < room.bytes;
  }

  /** Validates a fetch once the earlier ones have ended, successfully or not. */
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
    // A failure is reported only to the caller that added the fetch.
    const end = validated.then(leave, leave);
    this.#ends.set(name, end);
    this.#last = end;
    return validated;
  }

  /** Resolves when the partition's queued fetches have ended; undefined if there are none. */
  endOf(partition: TopicPartition): Promise<void> | undefined {
    return this.#ends.get(partitionName(partition));
  }

  /** Resolves when the queue is empty. */
  async idle(): Promise<void> {
    while (this.#length > 0) await this.#last;
  }
}

function bytesOf({ length, bytes }: FetchedBatch): number {
  return bytes + length * OVERHEAD_BYTES;
}
