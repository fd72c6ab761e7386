import { partitionName, type Checkpoint } from '#pipeline';
import { OperationError } from '../../failures.js';
import type { LakeSpan } from './span.js';

/** What happens to the selected offsets of a partition. */
export interface PartitionPlan extends LakeSpan {
  /** Null if the warehouse has none. */
  checkpoint: number | null;
  /** The part below the checkpoint, of which is stored what the tables lack. */
  restore: LakeSpan | null;
  /** The part from the checkpoint on, which the service would read next. */
  load: LakeSpan | null;
}

/**
 * Divides each span at the checkpoint.
 *
 * @param includesRestore whether the part below the checkpoint is wanted
 * @throws OperationError if a span begins above the checkpoint: loading it would pass over the offsets between
 */
export function planReplay(
  spans: readonly LakeSpan[],
  checkpoints: readonly Checkpoint[],
  includesRestore: boolean,
): PartitionPlan[] {
  const plans = spans.map((span): PartitionPlan => {
    const found = checkpoints.find(({ partition }) => partition === span.log.partition);
    const checkpoint = found?.nextOffset ?? null;
    // Before the first record the lake has nothing to pass over.
    const settled = Math.max(checkpoint ?? 0, span.log.low);
    const below = { ...span, to: Math.min(span.to, checkpoint ?? 0) };
    const above = { ...span, from: Math.max(span.from, settled) };
    return {
      ...span,
      checkpoint,
      restore: includesRestore && below.from < below.to ? below : null,
      load: above.from < above.to ? above : null,
    };
  });
  const refused = plans.flatMap(({ log, load, checkpoint }) => {
    const settled = Math.max(checkpoint ?? 0, log.low);
    return load !== null && load.from > settled ? [refusal(load, checkpoint, settled)] : [];
  });
  if (refused.length > 0) throw new OperationError(refused.join('\n'));
  return plans;
}

function refusal({ log, from }: LakeSpan, checkpoint: number | null, settled: number): string {
  const name = partitionName(log);
  const where =
    checkpoint === null
      ? `the warehouse has no checkpoint, and the lake begins at ${settled}`
      : `the checkpoint is ${checkpoint}`;
  return (
    `${name}: the span begins at ${from}, but ${where}. Storing it would pass over the offsets between. ` +
    `Begin it at ${settled} or below.`
  );
}

/** The number of offsets that a replay reads, for a progress bar. */
export function offsetsToRead(plans: readonly PartitionPlan[]): number {
  return plans.reduce((sum, { restore, load }) => sum + lengthOf(restore) + lengthOf(load), 0);
}

export function lengthOf(span: LakeSpan | null): number {
  return span === null ? 0 : span.to - span.from;
}
