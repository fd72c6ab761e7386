import type { PipelineObserver } from '#pipeline';

type Calls = { [Name in keyof PipelineObserver]: Parameters<PipelineObserver[Name]>[] };

/** Records the pipeline's calls, by the names of the observer's methods. */
export class RecordingObserver implements PipelineObserver {
  readonly calls: Calls = {
    validated: [],
    buffered: [],
    batchTaken: [],
    batchTried: [],
    batchCommitted: [],
    batchAbandoned: [],
    deadLettersPublished: [],
    deadLetterRatio: [],
    deadLettersHeld: [],
    deadLettersFreed: [],
    rowsRejected: [],
    checkpointStale: [],
    faulted: [],
    recovered: [],
    lost: [],
    partitionHeld: [],
    throttled: [],
    assigned: [],
    committedOverruled: [],
    offsetsCommitted: [],
    lag: [],
  };

  readonly validated = this.#record('validated');
  readonly buffered = this.#record('buffered');
  readonly batchTaken = this.#record('batchTaken');
  readonly batchTried = this.#record('batchTried');
  readonly batchCommitted = this.#record('batchCommitted');
  readonly batchAbandoned = this.#record('batchAbandoned');
  readonly deadLettersPublished = this.#record('deadLettersPublished');
  readonly deadLetterRatio = this.#record('deadLetterRatio');
  readonly deadLettersHeld = this.#record('deadLettersHeld');
  readonly deadLettersFreed = this.#record('deadLettersFreed');
  readonly rowsRejected = this.#record('rowsRejected');
  readonly checkpointStale = this.#record('checkpointStale');
  readonly faulted = this.#record('faulted');
  readonly recovered = this.#record('recovered');
  readonly lost = this.#record('lost');
  readonly partitionHeld = this.#record('partitionHeld');
  readonly throttled = this.#record('throttled');
  readonly assigned = this.#record('assigned');
  readonly committedOverruled = this.#record('committedOverruled');
  readonly offsetsCommitted = this.#record('offsetsCommitted');
  readonly lag = this.#record('lag');

  #record<Name extends keyof Calls>(name: Name) {
    return (...given: Parameters<PipelineObserver[Name]>): void => {
      this.calls[name].push(given);
    };
  }
}
