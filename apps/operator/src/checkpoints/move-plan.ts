import type { Checkpoint } from '#pipeline';
import type { CheckpointMove } from '#warehouse';
import { OperationError, UsageError } from '../failures.js';
import { parseTime } from '../parse.js';
import type { PartitionLog } from '../topic-log.js';

/** Where checkpoints are to stand. */
export type Target =
  | { kind: 'earliest' | 'latest' | 'committed' }
  | { kind: 'offset'; offset: number }
  | { kind: 'time'; ms: number };

/** `earliest`, `latest`, `committed`, an offset, or a moment as the other commands take it. */
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
 * Where the chosen partitions are to stand, those that stand there already included. One without a checkpoint, as in a
 * warehouse that is new, gets one.
 *
 * @param offsetsAtTime by partition, where the target is a time
 * @throws OperationError with everything that is in the way
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
      problems.push(`Partition ${partition}: the topic has none of that number.`);
      continue;
    }
    if (own.length > 1) {
      problems.push(`Partition ${partition} has ${own.length} checkpoints; delete all but the lowest first.`);
      continue;
    }
    const to = offsetOf(target, log, offsetsAtTime);
    if (to === null) problems.push(`Partition ${partition}: the group has committed no offset.`);
    else if (to < log.start || to > log.end)
      problems.push(`Partition ${partition}: ${to} is outside of its log, ${log.start} to ${log.end}.`);
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

/** What a move means for the tables. */
export function consequence({ expected, to }: CheckpointMove, log: PartitionLog | undefined): string {
  if (expected === to) return 'it stands there already';
  if (expected === null) {
    const before = to - (log?.start ?? to);
    return `a checkpoint is made; the ${before} offsets before it are never read, and what is stored behind it already is stored TWICE`;
  }
  if (to > expected)
    return `${to - expected} offsets are passed over: what is not stored of them never will be`;
  const end = log?.end ?? expected;
  const again = Math.min(expected, end) - to;
  return expected > end
    ? `the topic ends below the checkpoint; ${again} offsets are read, which verify calls double where rows of the old topic have them`
    : `${again} offsets are read again, and what is stored of them is stored TWICE unless you delete it first`;
}
