export type {
  Batch,
  Checkpoint,
  EventRepository,
  PartitionRange,
  PartitionStart,
  RejectedRow,
  WriteResult,
} from '#pipeline';
export * from './tables.js';
