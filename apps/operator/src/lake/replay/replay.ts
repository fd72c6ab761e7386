import { setTimeout as delay } from 'node:timers/promises';
import {
  faultText,
  IngestionPipeline,
  PipelineObservers,
  type BatchLimits,
  type CommittedBatch,
  type EventRepository,
  type MessageValidator,
} from '#pipeline';
import { OperationError } from '../../failures.js';
import type { LakeAccess } from './lake-log.js';
import { LakeSource } from './lake-source.js';
import type { RunOptions } from './replay-run.js';
import type { LakeSpan } from './span.js';

export interface Replayed {
  stored: number;
  deadLettered: number;
  /** By partition, where the warehouse is now, and where the span ends. */
  partitions: { partition: number; next: number; end: number }[];
}

export interface ReplayWork {
  access: LakeAccess;
  validator: MessageValidator;
  repository: EventRepository;
  limits: BatchLimits;
}

/** How long to wait for the pipeline when it has no room or has not read its checkpoints yet. */
const POLL_MS = 20;

/**
 * Loads the warehouse from the lake by the service's own pipeline: the same validation, and the same transaction from the
 * same checkpoints. So it continues where the warehouse is, and stores nothing twice, whoever else writes.
 *
 * @throws OperationError; what was stored before remains, and running it again continues
 */
export async function replay(
  { access, validator, repository, limits }: ReplayWork,
  spans: readonly LakeSpan[],
  { pace, isStopped, settled }: RunOptions,
): Promise<Replayed> {
  for (const { log, from } of spans) access.leftOut?.begin(log, from);
  const source = new LakeSource(access, spans);
  const totals = { stored: 0, deadLettered: 0 };
  const observer = new PipelineObservers({
    batchCommitted: ({ batch }: CommittedBatch) => {
      totals.stored += batch.rows.length;
      totals.deadLettered += batch.deadLetters.length;
      settled(batch.ranges.reduce((sum, { from, to }) => sum + to - from, 0));
    },
  });
  // Letters go to the table only: the topic had them when they were first found.
  const publisher = { publish: async () => null };
  const pipeline = new IngestionPipeline(source, validator, repository, publisher, observer, limits);
  pipeline.start();
  pipeline.assigned(spans.map(({ log: { topic, partition } }) => ({ topic, partition })));
  while (!isStopped() && !isDone(pipeline, spans)) {
    const { failure, fault } = pipeline.status();
    if (failure !== null) throw new OperationError(failure);
    if (fault?.fault.class === 'setup') throw new OperationError(faultText(fault.fault));
    const fetched = await source.fetch();
    if (fetched === null) {
      await delay(POLL_MS);
      continue;
    }
    await pipeline.accept(fetched);
    await pace.taken(fetched.length);
  }
  await pipeline.drain();
  const next = new Map(pipeline.checkpoints().map(({ partition, nextOffset }) => [partition, nextOffset]));
  return {
    ...totals,
    partitions: spans.map(({ log: { partition }, to }) => ({
      ...{ partition, next: next.get(partition) ?? 0, end: to },
    })),
  };
}

/** Whether every partition is settled up to the end of its span, or held. */
function isDone(pipeline: IngestionPipeline, spans: readonly LakeSpan[]): boolean {
  const { isReading, blocked } = pipeline.status();
  if (blocked.length > 0) throw new OperationError(blocked.map(faultText).join('\n'));
  if (!isReading) return false;
  const next = new Map(pipeline.checkpoints().map(({ partition, nextOffset }) => [partition, nextOffset]));
  return spans.every(({ log: { partition }, to }) => (next.get(partition) ?? 0) >= to);
}
