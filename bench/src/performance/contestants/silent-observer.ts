import type { PipelineObserver } from '#pipeline';

function nothing(): void {
  // What telemetry costs is measured against this.
}

/** Replaces telemetry: counts nothing and reports nothing. */
export class SilentObserver implements PipelineObserver {
  readonly validated = nothing;
  readonly buffered = nothing;
  readonly batchTaken = nothing;
  readonly batchTried = nothing;
  readonly batchCommitted = nothing;
  readonly batchAbandoned = nothing;
  readonly deadLettersPublished = nothing;
  readonly deadLetterRatio = nothing;
  readonly deadLettersHeld = nothing;
  readonly deadLettersFreed = nothing;
  readonly rowsRejected = nothing;
  readonly checkpointStale = nothing;
  readonly faulted = nothing;
  readonly recovered = nothing;
  readonly lost = nothing;
  readonly throttled = nothing;
  readonly assigned = nothing;
  readonly partitionHeld = nothing;
  readonly committedOverruled = nothing;
  readonly offsetsCommitted = nothing;
  readonly lag = nothing;
}
