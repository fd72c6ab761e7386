import { toMetadata } from '../model/commit-mark.js';
import type { Checkpoint } from '../ports/event-repository.js';
import type { CommittedPosition, EventSource } from '../ports/event-source.js';
import { partitionName } from '../model/message.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';

/**
 * Commits checkpoints to Kafka, one request at a time and always the newest. The warehouse's checkpoints are
 * authoritative. The commits are for tools that show the group's lag, and for a start that finds missing or different
 * checkpoints: their metadata says where the records below were settled. A failure is therefore only reported: the next
 * batch commits again.
 */
export class OffsetCommitter {
  /** The identity of the warehouse with the checkpoints; nothing is committed before it is known. */
  warehouse: string | null = null;
  readonly #waiting = new Map<string, CommittedPosition>();
  #committing: Promise<void> | null = null;

  constructor(
    private readonly source: EventSource,
    private readonly observer: PipelineObserver,
  ) {}

  commit(checkpoints: readonly Checkpoint[]): void {
    const { warehouse } = this;
    if (warehouse === null) return;
    for (const { topic, partition, firstOffset: first, nextOffset: offset } of checkpoints) {
      const position = { topic, partition, offset, metadata: toMetadata({ warehouse, first }) };
      this.#waiting.set(partitionName(position), position);
    }
    this.#committing ??= this.#commitAll().finally(() => (this.#committing = null));
  }

  /** Drops pending commits when their generation ends: their partitions may belong to another member now. */
  discard(): void {
    this.#waiting.clear();
  }

  /** Resolves when all commits have been attempted. */
  async idle(): Promise<void> {
    await this.#committing;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const positions = [...this.#waiting.values()];
      this.#waiting.clear();
      const startedAt = performance.now();
      const failure = await this.source.commit(positions).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      this.observer.offsetsCommitted((performance.now() - startedAt) / 1000, failure);
    }
  }
}
