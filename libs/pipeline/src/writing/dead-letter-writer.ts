import type { PartitionRange } from '../model/batch.js';
import type { Fault } from '../model/fault.js';
import { partitionName, type Coordinates } from '../model/message.js';
import type { DeadLetter } from '../model/outcome.js';
import type { DeadLetterPublisher } from '../ports/dead-letter-publisher.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';

/**
 * Publishes the dead letters of batches. Remembers the offsets of letters that the topic has acknowledged and the
 * warehouse has not committed yet, so that neither a retry nor another read of the same messages publishes them again.
 */
export class DeadLetterWriter {
  readonly #acknowledged = new Map<string, Set<number>>();

  constructor(
    private readonly publisher: DeadLetterPublisher,
    private readonly observer: PipelineObserver,
  ) {}

  /** Publishes the letters that have not been acknowledged yet. */
  async publish(all: readonly DeadLetter[]): Promise<Fault | null> {
    const letters = all.filter(({ message }) => !this.#isAcknowledged(message));
    const [first] = letters;
    if (first === undefined) return null;
    const startedAt = performance.now();
    const fault = await this.publisher.publish(letters);
    this.observer.batchTried({
      stage: 'dead_letter',
      startedAt,
      endedAt: performance.now(),
      messages: letters.length,
      outcome: fault === null ? 'published' : 'fault',
      fault,
      steps: [],
      billedBytes: 0,
    });
    if (fault !== null) return fault;
    for (const { message } of letters) this.#acknowledge(message);
    const seconds = (performance.now() - startedAt) / 1000;
    this.observer.deadLettersPublished(countByType(letters), first.message, seconds);
    return null;
  }

  /** Forgets the letters of ranges that the warehouse has committed. */
  forget(ranges: readonly PartitionRange[]): void {
    for (const range of ranges) {
      const offsets = this.#acknowledged.get(partitionName(range));
      if (offsets === undefined) continue;
      for (const offset of offsets) if (offset < range.to) offsets.delete(offset);
      if (offsets.size === 0) this.#acknowledged.delete(partitionName(range));
    }
  }

  #isAcknowledged(at: Coordinates): boolean {
    return this.#acknowledged.get(partitionName(at))?.has(at.offset) ?? false;
  }

  #acknowledge(at: Coordinates): void {
    const offsets = this.#acknowledged.get(partitionName(at));
    if (offsets === undefined) this.#acknowledged.set(partitionName(at), new Set([at.offset]));
    else offsets.add(at.offset);
  }
}

function countByType(letters: readonly DeadLetter[]) {
  const counts = new Map<DeadLetter['errorType'], number>();
  for (const { errorType } of letters) counts.set(errorType, (counts.get(errorType) ?? 0) + 1);
  return [...counts].map(([errorType, count]) => ({ errorType, count }));
}
