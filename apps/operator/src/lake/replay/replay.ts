import { setTimeout as delay } from 'node:timers/promises';
import { EventValidator } from '#events';
import type { Lake } from '#lake';
import {
  faultText,
  IngestionPipeline,
  MessageValidator,
  PipelineObservers,
  type CommittedBatch,
  type EventRepository,
} from '#pipeline';
import type { BatchSettings } from '#settings';
import { OperationError } from '../../failures.js';
import { LakeSource, type LakeLog } from './lake-source.js';

export interface Replayed {
  stored: number;
  deadLettered: number;
  /** By partition, where the warehouse is now, and where the lake ends. */
  partitions: { partition: number; next: number; end: number }[];
}

/** How long to wait for the pipeline when it has no room or has not read its checkpoints yet. */
const POLL_MS = 20;

/**
 * Loads the warehouse from the lake by the service's own pipeline: the same validation, and the same transaction from the
 * same checkpoints. So it continues where the warehouse is, and stores nothing twice, whoever else writes.
 *
 * @param stop ends the replay after what was read is written
 * @param settled called with the number of records settled by each batch
 */
export async function replay(
  { lake, logs, repository }: { lake: Lake; logs: readonly LakeLog[]; repository: EventRepository },
  limits: BatchSettings,
  { rate, stop, settled }: { rate: number; stop: AbortSignal; settled: (records: number) => void },
): Promise<Replayed> {
  const source = new LakeSource(lake, logs);
  const validator = new MessageValidator(
    new EventValidator({ maxBytes: limits.eventMaxBytes, maxValues: limits.eventMaxValues }),
  );
  const totals = { stored: 0, deadLettered: 0 };
  const observer = new PipelineObservers({
    batchCommitted: ({ batch }: CommittedBatch) => {
      totals.stored += batch.rows.length;
      totals.deadLettered += batch.deadLetters.length;
      settled(batch.rows.length + batch.deadLetters.length);
    },
  });
  // Letters go to the table only: the topic had them when they were first found.
  const publisher = { publish: async () => null };
  const pipeline = new IngestionPipeline(source, validator, repository, publisher, observer, limits);
  pipeline.start();
  pipeline.assigned(logs.map(({ topic, partition }) => ({ topic, partition })));
  const startedAt = performance.now();
  let read = 0;
  while (!stop.aborted && !isDone(pipeline, logs)) {
    const { failure, fault } = pipeline.status();
    if (failure !== null) throw new OperationError(failure);
    if (fault?.fault.class === 'setup') throw new OperationError(faultText(fault.fault));
    const fetched = await source.fetch();
    if (fetched === null) {
      await delay(POLL_MS);
      continue;
    }
    await pipeline.accept(fetched);
    read += fetched.length;
    const dueMs = (read / rate) * 1_000 - (performance.now() - startedAt);
    if (dueMs > 0) await delay(dueMs, undefined, { signal: stop }).catch(() => undefined);
  }
  await pipeline.drain();
  const next = new Map(pipeline.checkpoints().map(({ partition, nextOffset }) => [partition, nextOffset]));
  return {
    ...totals,
    partitions: logs.map(({ partition, end }) => ({ partition, next: next.get(partition) ?? 0, end })),
  };
}

/** Whether every partition is settled up to the lake's end, or held. */
function isDone(pipeline: IngestionPipeline, logs: readonly LakeLog[]): boolean {
  const { isReading, blocked } = pipeline.status();
  if (blocked.length > 0) throw new OperationError(blocked.map(faultText).join('\n'));
  if (!isReading) return false;
  const next = new Map(pipeline.checkpoints().map(({ partition, nextOffset }) => [partition, nextOffset]));
  return logs.every(({ partition, end }) => (next.get(partition) ?? 0) >= end);
}
