import type { PipelineObserver } from './pipeline-observer.js';

type Calls = { [Name in keyof PipelineObserver]: Parameters<PipelineObserver[Name]> };
/** A {@link PipelineObserver} or a part of one, in a form that lets the compiler check each call's arguments. */
type Listener = { [Name in keyof Calls]?: (...args: Calls[Name]) => void };

/**
 * Passes each call to several observers, in the order in which they joined. An observer may implement only some calls.
 */
export class PipelineObservers implements PipelineObserver {
  readonly #observers: Listener[];

  constructor(...observers: Listener[]) {
    this.#observers = observers;
  }

  readonly validated = this.#tell('validated');
  readonly buffered = this.#tell('buffered');
  readonly batchTaken = this.#tell('batchTaken');
  readonly batchTried = this.#tell('batchTried');
  readonly batchCommitted = this.#tell('batchCommitted');
  readonly batchAbandoned = this.#tell('batchAbandoned');
  readonly deadLettersPublished = this.#tell('deadLettersPublished');
  readonly deadLetterRatio = this.#tell('deadLetterRatio');
  readonly deadLettersHeld = this.#tell('deadLettersHeld');
  readonly deadLettersFreed = this.#tell('deadLettersFreed');
  readonly rowsRejected = this.#tell('rowsRejected');
  readonly checkpointStale = this.#tell('checkpointStale');
  readonly faulted = this.#tell('faulted');
  readonly recovered = this.#tell('recovered');
  readonly lost = this.#tell('lost');
  readonly partitionHeld = this.#tell('partitionHeld');
  readonly throttled = this.#tell('throttled');
  readonly assigned = this.#tell('assigned');
  readonly committedOverruled = this.#tell('committedOverruled');
  readonly offsetsCommitted = this.#tell('offsetsCommitted');
  readonly lag = this.#tell('lag');

  /** Adds an observer, which receives all later calls. */
  join(observer: Listener): void {
    this.#observers.push(observer);
  }

  #tell<Name extends keyof Calls>(name: Name) {
    return (...args: Calls[Name]): void => {
      for (const observer of this.#observers) observer[name]?.(...args);
    };
  }
}
