import type { BatchTracing } from './batch-tracing.js';

/**
 * Traces of batches; provided as null where no endpoint is set. A token without OpenTelemetry behind it, which is loaded
 * only where it is used.
 */
export abstract class Tracing {
  /** To be told what happens in the pipeline. */
  abstract readonly batches: BatchTracing;
}
