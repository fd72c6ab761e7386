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
 * What has to move for the chosen partitions to stand at the target; those that stand there already are left out.
 *
 * @param offsetsAtTime by partition, where the target is a time
 * @throws OperationError with everything that is in the way
 */
export function plan(
  chosen: number | 'all',
  target: Target,
  logs: readonly PartitionLog[],
  checkpoints: readonly Checkpoint[],
  offsetsAtTime: ReadonlyMap<number, number> = new Map(),
): CheckpointMove[] {
  const problems: string[] = [];
  const moves: CheckpointMove[] = [];
  const partitions = chosen === 'all' ? checkpoints.map(({ partition }) => partition) : [chosen];
  if (partitions.length === 0)
    problems.push('There are no checkpoints; the service makes them at its first start.');
  for (const partition of partitions) {
    const log = logs.find((each) => each.partition === partition);
    const own = checkpoints.filter((each) => each.partition === partition);
    const [checkpoint] = own;
    const problem = problemOf(partition, log, own);
    if (log === undefined || checkpoint === undefined || problem !== null) {
      problems.push(problem ?? `Partition ${partition} cannot be moved.`);
      continue;
    }
    const to = offsetOf(target, log, offsetsAtTime);
    if (to === null) problems.push(`Partition ${partition}: the group has committed no offset.`);
    else if (to < log.start || to > log.end)
      problems.push(`Partition ${partition}: ${to} is outside of its log, ${log.start} to ${log.end}.`);
    else if (to !== checkpoint.nextOffset)
      moves.push({ topic: checkpoint.topic, partition, expected: checkpoint.nextOffset, to });
  }
  if (problems.length > 0) throw new OperationError(problems.join('\n'));
  return moves;
}

function problemOf(
  partition: number,
  log: PartitionLog | undefined,
  { length }: readonly Checkpoint[],
): string | null {
  if (log === undefined) return `Partition ${partition}: the topic has none of that number.`;
  if (length === 0) {
    return `Partition ${partition} has no checkpoint; the service makes it when it first reads the partition.`;
  }
  return length > 1
    ? `Partition ${partition} has ${length} checkpoints; delete all but the lowest first.`
    : null;
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
  if (to > expected)
    return `${to - expected} offsets are passed over: what is not stored of them never will be`;
  const end = log?.end ?? expected;
  const again = Math.min(expected, end) - to;
  return expected > end
    ? `the topic ends below the checkpoint; ${again} offsets are read, which verify calls double where rows of the old topic have them`
    : `${again} offsets are read again, and what is stored of them is stored TWICE unless you delete it first`;
}
