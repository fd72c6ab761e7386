import type { EventSource, Position } from './event-source.js';
import { partitionName } from './message.js';
import type { PipelineObserver } from './pipeline-observer.js';

/**
 * Commits offsets to Kafka, one request at a time and always the newest. The warehouse's checkpoint is the truth;
 * this is for tools that look at the group's lag, and for a next start without checkpoints. So a failure is told
 * and otherwise left alone: the next batch commits again.
 */
export class OffsetCommitter {
  readonly #waiting = new Map<string, Position>();
  #committing: Promise<void> | null = null;

  constructor(
    private readonly source: EventSource,
    private readonly observer: PipelineObserver,
  ) {}

  commit(positions: Position[]): void {
    for (const position of positions) this.#waiting.set(partitionName(position), position);
    this.#committing ??= this.#commitAll().finally(() => (this.#committing = null));
  }

  /** Resolves when everything handed over has been tried. */
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
