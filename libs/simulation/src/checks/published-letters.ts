import type { Coordinates } from '#pipeline';
import { place } from '../warehouse/simulated-warehouse.js';
import type { PartitionLog } from '../kafka/partition-log.js';

/** Knows which messages have a letter in the dead-letter topic. */
export class PublishedLetters {
  readonly #places = new Set<string>();
  readonly #readTo = new Map<PartitionLog, number>();

  constructor(private readonly logs: () => PartitionLog[]) {}

  has(message: Coordinates): boolean {
    for (const log of this.logs()) {
      for (const { headers = {} } of log.recordsFrom(this.#readTo.get(log) ?? 0)) {
        const partition = Number(headers['dlq.source.partition']?.toString());
        this.#places.add(place({ partition, offset: Number(headers['dlq.source.offset']?.toString()) }));
      }
      this.#readTo.set(log, log.end);
    }
    return this.#places.has(place(message));
  }
}
