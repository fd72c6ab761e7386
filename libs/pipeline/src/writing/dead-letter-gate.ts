import type { Batch } from '../model/batch.js';
import { DeadLetterLimit, type DeadLetterLimits } from './dead-letter-limit.js';
import type { HeldEnd, PipelineObserver } from '../ports/pipeline-observer.js';

/**
 * Stands before the dead-letter topic: holds the first batch that would exceed the limit, and with it everything behind
 * it, until somebody lifts the limit, the group is joined anew or the service stops.
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

  /** Why a batch is held now, and what to do, in words; null while none is. */
  get held(): string | null {
    return this.#held?.why ?? null;
  }

  /**
   * Whether the batch may be settled: at once within the limit, else when it is lifted. False: let the batch go.
   *
   * @param over ends the holding
   */
  async pass(batch: Batch, over: AbortSignal): Promise<boolean> {
    const { ratio, excess } = this.#limit.check(batch);
    if (excess === null) return true;
    const why = advice(excess);
    this.observer.deadLetterRatio(ratio);
    this.observer.deadLettersHeld(why);
    const how = await this.#hold(why, AbortSignal.any([over, this.#closing.signal]));
    this.observer.deadLettersFreed(how);
    // The ratio that was told counts the batch, which is not settled here.
    if (how === 'let-go') this.observer.deadLetterRatio(this.#limit.ratio);
    return how === 'lifted';
  }

  settled(batch: Batch): void {
    this.#limit.settled(batch);
    this.observer.deadLetterRatio(this.#limit.ratio);
  }

  /** Lets the held batch pass, and what follows until the limit is kept again. False where none is held. */
  lift(): boolean {
    if (this.#held === null) return false;
    this.#limit.lift();
    this.#held.end('lifted');
    return true;
  }

  /** What is held is let go, and so is what would be held from now on. */
  close(): void {
    this.#closing.abort();
  }

  async #hold(why: string, letGo: AbortSignal): Promise<HeldEnd> {
    const { promise, resolve } = Promise.withResolvers<HeldEnd>();
    const onLetGo = () => {
      resolve('let-go');
    };
    this.#held = { why, end: resolve };
    letGo.addEventListener('abort', onLetGo, { once: true });
    if (letGo.aborted) onLetGo();
    const how = await promise;
    letGo.removeEventListener('abort', onLetGo);
    this.#held = null;
    return how;
  }
}

function advice(excess: string): string {
  return (
    `The dead-letter limit is reached: the next batch would make ${excess}. It is held, and so is all behind it: ` +
    `nothing is lost, and nothing more is dead-lettered. If the events are wrong, stop their producer and let these ` +
    `pass by sending SIGUSR2 to this process, or restart with a higher limit; if this service is wrong, deploy ` +
    `one that takes them`
  );
}
