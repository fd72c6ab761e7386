export * from './model/batch.js';
export { toMark, toMetadata, type CommitMark } from './model/commit-mark.js';
export type { BatchLimits } from './batching/batch-buffer.js';
export type { HeldEnd } from './writing/dead-letter-gate.js';
export type { DeadLetterLimits } from './writing/dead-letter-limit.js';
export * from './ports/dead-letter-publisher.js';
export * from './ports/event-repository.js';
export * from './ports/event-source.js';
export * from './model/fault.js';
export type { PartitionLag } from './partitions/frontier.js';
export { Backoff, pause } from './writing/backoff.js';
export * from './ingestion-pipeline.js';
export {
  ATTEMPT_HEADER,
  isRedriveId,
  MessageValidator,
  REDRIVE_ID_HEADER,
} from './validation/message-validator.js';
export * from './model/message.js';
export { hasSettled, type MissingCheckpoints } from './partitions/missing-state.js';
export { openTransactionText, type OpenTransaction } from './partitions/open-transactions.js';
export * from './model/outcome.js';
export * from './ports/pipeline-observer.js';
export { PipelineObservers } from './ports/pipeline-observers.js';
export type { PipelineStatus } from './pipeline-status.js';
export { countStored, noneStored } from './model/stored-counts.js';
