import type { Checkpoint } from '#pipeline';
import type { CheckpointMove } from '#warehouse';
import { OperationError, UsageError } from '../failures.js';
import { parseTime } from '../parse.js';
import type { PartitionLog } from '../topic-log.js';

/** Where to move checkpoints. */
export type Target =
  | { kind: 'earliest' | 'latest' | 'committed' }
  | { kind: 'offset'; offset: number }
  | { kind: 'time'; ms: number };

/** Parses `earliest`, `latest`, `committed`, an offset, or a time in the form that the other commands take. */
export function parseTarget(text: string): Target {
  if (text === 'earliest' || text === 'latest' || text === 'committed') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  try {
    return { kind: 'time', ms: parseTime('--to', text) };
  } catch {
    throw new UsageError(
      `--to is "${text}"; expected earliest, latest, committed, an offset, or a time such as 2026-01-31T18:00:00Z or 2h.`,
    );
  }
}

/**
 * The moves for the chosen partitions, including those already at the target. A partition without a checkpoint, as in a
 * new warehouse, gets one.
 *
 * @param offsetsAtTime by partition, if the target is a time
 * @throws OperationError that lists every obstacle
 */
export function plan(
  chosen: number | 'all',
  target: Target,
  { topic, logs }: { topic: string; logs: readonly PartitionLog[] },
  checkpoints: readonly Checkpoint[],
  offsetsAtTime: ReadonlyMap<number, number> = new Map(),
): CheckpointMove[] {
  const problems: string[] = [];
  const moves: CheckpointMove[] = [];
  const known = new Set([...logs, ...checkpoints].map(({ partition }) => partition));
  for (const partition of chosen === 'all' ? [...known].sort((one, other) => one - other) : [chosen]) {
    const log = logs.find((each) => each.partition === partition);
    const own = checkpoints.filter((each) => each.partition === partition);
    if (log === undefined) {
      problems.push(`Partition ${partition}: the topic has no such partition.`);
      continue;
    }
    if (own.length > 1) {
      problems.push(`Partition ${partition} has ${own.length} checkpoints; delete all but the lowest first.`);
      continue;
    }
    const to = offsetOf(target, log, offsetsAtTime);
    if (to === null) problems.push(`Partition ${partition}: the group has committed no offset.`);
    else if (to < log.start || to > log.end)
      problems.push(`Partition ${partition}: ${to} is outside its log, ${log.start} to ${log.end}.`);
    else moves.push({ topic, partition, expected: own[0]?.nextOffset ?? null, to });
  }
  if (problems.length > 0) throw new OperationError(problems.join('\n'));
  return moves;
}

function offsetOf(
  target: Target,
  { partition, start, end, committed }: PartitionLog,
  offsetsAtTime: ReadonlyMap<number, number>,
): number | null {
  switch (target.kind) {
    case 'earliest':
      return start;
    case 'latest':
      return end;
    case 'committed':
      return committed;
    case 'offset':
      return target.offset;
    case 'time':
      return offsetsAtTime.get(partition) ?? end;
  }
}

/** The effect of a move on the tables. */
export function consequence({ expected, to }: CheckpointMove, log: PartitionLog | undefined): string {
  if (expected === to) return 'the checkpoint is already there';
  if (expected === null) {
    const before = to - (log?.start ?? to);
    return `a checkpoint is created; the ${before} offsets before it are never read, and whatever is already stored after it is stored TWICE`;
  }
  if (to > expected) return `${to - expected} offsets are passed over: those not yet stored never will be`;
  const end = log?.end ?? expected;
  const again = Math.min(expected, end) - to;
  return expected > end
    ? `the topic ends below the checkpoint; ${again} offsets are read, and verify reports them as duplicates of rows of the old topic`
    : `${again} offsets are read again, and those already stored are stored TWICE unless you delete their rows first`;
}
