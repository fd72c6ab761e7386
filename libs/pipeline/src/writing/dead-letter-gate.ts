import type { Batch } from '../model/batch.js';
import { DeadLetterLimit, type DeadLetterLimits } from './dead-letter-limit.js';
import type { HeldEnd, PipelineObserver } from '../ports/pipeline-observer.js';

/**
 * Guards the dead-letter topic: holds the first batch that would exceed the limit, and everything after it, until
 * somebody lifts the limit, the group is joined again, or the service stops.
 */
export class DeadLetterGate {
  readonly #limit: DeadLetterLimit;
  readonly #closing = new AbortController();
  #held: { why: string; end: (how: HeldEnd) => void } | null = null;

  constructor(
    limits: DeadLetterLimits,
    private readonly observer: PipelineObserver,
  ) {
    this.#limit = new DeadLetterLimit(limits);
  }

  /** Why a batch is held, and what to do; null if none is held. */
  get held(): string | null {
    return this.#held?.why ?? null;
  }

  /**
   * Resolves with true when the batch may be settled: at once if it is within the limit, otherwise when the limit is
   * lifted. Resolves with false if the batch has to be dropped.
   *
   * @param over stops holding the batch
   */
  async pass(batch: Batch, over: AbortSignal): Promise<boolean> {
    const { ratio, excess } = this.#limit.check(batch);
    if (excess === null) return true;
    const why = advice(excess);
    this.observer.deadLetterRatio(ratio);
    this.observer.deadLettersHeld(why);
    const how = await this.#hold(why, AbortSignal.any([over, this.#closing.signal]));
    this.observer.deadLettersFreed(how);
    // The reported ratio includes the batch, which will not be settled here.
    if (how === 'let-go') this.observer.deadLetterRatio(this.#limit.ratio);
    return how === 'lifted';
  }

  settled(batch: Batch): void {
    this.#limit.settled(batch);
    this.observer.deadLetterRatio(this.#limit.ratio);
  }

  /** Lets everything pass until the traffic is within the limit again. Returns false if no batch is held. */
  lift(): boolean {
    if (this.#held === null) return false;
    this.#limit.lift();
    this.#held.end('lifted');
    return true;
  }

  /** Drops the held batch, and any batch that would be held from now on. */
  close(): void {
    this.#closing.abort();
  }

  async #hold(why: string, abandoned: AbortSignal): Promise<HeldEnd> {
    const { promise, resolve } = Promise.withResolvers<HeldEnd>();
    const onAbandoned = () => {
      resolve('let-go');
    };
    this.#held = { why, end: resolve };
    abandoned.addEventListener('abort', onAbandoned, { once: true });
    if (abandoned.aborted) onAbandoned();
    const how = await promise;
    abandoned.removeEventListener('abort', onAbandoned);
    this.#held = null;
    return how;
  }
}

function advice(excess: string): string {
  return (
    `The dead-letter limit is reached: the next batch would make ${excess}. This batch and everything after it is held: ` +
    `nothing is lost, and nothing more is dead-lettered. If the events are wrong, stop their producer and send SIGUSR2 ` +
    `to this process to let them pass, or restart with a higher limit. If this service is wrong, deploy a version that ` +
    `accepts them`
  );
}
