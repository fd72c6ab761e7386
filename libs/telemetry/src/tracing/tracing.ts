import type { BatchTracing } from './batch-tracing.js';

/**
 * Traces of batches; provided as null if no endpoint is set. This token does not import OpenTelemetry, which is loaded
 * only on use.
 */
export abstract class Tracing {
  /** Observes the pipeline. */
  abstract readonly batches: BatchTracing;
}
