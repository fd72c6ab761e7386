import { BatchBuffer, type BatchLimits } from './batching/batch-buffer.js';
import type { Batch } from './model/batch.js';
import { Frontier } from './partitions/frontier.js';
import type { MissingCheckpoints } from './partitions/missing-state.js';
import { OpenTransactions } from './partitions/open-transactions.js';
import { PartitionPositions } from './partitions/partition-positions.js';
import { StartPositionFinder } from './partitions/start-positions.js';
import type { DeadLetterPublisher } from './ports/dead-letter-publisher.js';
import type { EventRepository } from './ports/event-repository.js';
import type { EventSource } from './ports/event-source.js';
import type { PipelineObserver } from './ports/pipeline-observer.js';
import { BatchWriter } from './writing/batch-writer.js';
import { DeadLetterGate } from './writing/dead-letter-gate.js';
import type { DeadLetterLimits } from './writing/dead-letter-limit.js';
import { OffsetCommitter } from './writing/offset-committer.js';

export interface PipelinePorts {
  source: EventSource;
  repository: EventRepository;
  publisher: DeadLetterPublisher;
  observer: PipelineObserver;
}

export interface PipelineOptions {
  limits: BatchLimits;
  deadLetterLimits: DeadLetterLimits;
  missingCheckpoints: MissingCheckpoints;
}

export interface PipelineParts {
  frontier: Frontier;
  buffer: BatchBuffer;
  gate: DeadLetterGate;
  writer: BatchWriter;
  committer: OffsetCommitter;
  starts: StartPositionFinder;
  transactions: OpenTransactions;
  positions: PartitionPositions;
}

/** @param committed called after a batch is committed and the frontier has moved */
export function assemblePipeline(
  { source, repository, publisher, observer }: PipelinePorts,
  { limits, deadLetterLimits, missingCheckpoints }: PipelineOptions,
  committed: (batch: Batch) => void,
): PipelineParts {
  const frontier = new Frontier();
  const buffer = new BatchBuffer(limits, (events, bytes) => {
    observer.buffered(events, bytes);
  });
  const gate = new DeadLetterGate(deadLetterLimits, observer);
  const writer = new BatchWriter(buffer, frontier, gate, publisher, repository, observer, {
    committed,
    stale: (checkpoints) => {
      positions.returnTo(checkpoints);
    },
    deferred: (partitions) => {
      positions.defer(partitions);
    },
  });
  const committer = new OffsetCommitter(source, observer);
  const starts = new StartPositionFinder(source, repository, frontier, observer, missingCheckpoints);
  const transactions = new OpenTransactions(source);
  const positions = new PartitionPositions(
    source,
    frontier,
    buffer,
    writer,
    starts,
    committer,
    transactions,
    observer,
  );
  return { frontier, buffer, gate, writer, committer, starts, transactions, positions };
}
