import { count } from '#terminal';
import type { Terminal } from '../../output/terminal.js';
import { lengthOf, type PartitionPlan } from './replay-plan.js';
import type { Replayed } from './replay.js';
import type { Restored } from './restore.js';

export interface Outcome {
  /** Null if nothing below the checkpoints was selected. */
  restored: Restored | null;
  /** Null if nothing from the checkpoints on was selected. */
  replayed: Replayed | null;
}

export function planJson(plans: readonly PartitionPlan[]) {
  return {
    partitions: plans.map(({ log: { partition, low, end }, from, to, checkpoint, restore, load }) => ({
      ...{ partition, low, end, from, to, checkpoint },
      toRestore: lengthOf(restore),
      toLoad: lengthOf(load),
    })),
  };
}

export function printPlan(
  plans: readonly PartitionPlan[],
  includesRestore: boolean,
  terminal: Terminal,
): void {
  const restoring = includesRestore ? ['offsets to restore'] : [];
  const columns = ['partition', 'lake from', 'to', 'checkpoint', ...restoring, 'offsets to read'].map(
    (title) => ({
      title,
      align: 'right' as const,
    }),
  );
  const rows = plans.map(({ log: { partition }, from, to, checkpoint, restore, load }) => [
    String(partition),
    String(from),
    String(to),
    checkpoint === null ? 'none' : String(checkpoint),
    ...(includesRestore ? [count(lengthOf(restore))] : []),
    count(lengthOf(load)),
  ]);
  terminal.table(columns, rows);
}

export function outcomeJson({ restored, replayed }: Outcome) {
  const { stored, deadLettered, partitions } = replayed ?? { stored: 0, deadLettered: 0, partitions: [] };
  return { stored, deadLettered, partitions, restored };
}

export function printOutcome({ restored, replayed }: Outcome, terminal: Terminal): void {
  if (restored !== null) {
    const { stored, deadLettered, handled } = restored;
    terminal.line(
      `Restored: ${count(stored)} events and ${count(deadLettered)} dead letters that the tables had lost.`,
    );
    if (handled > 0)
      terminal.line(
        `Left out: ${count(handled)} records whose dead letters an operator redrove or resolved, and which are deleted.`,
      );
  }
  if (replayed !== null) {
    const { stored, deadLettered } = replayed;
    terminal.line(
      `Replayed: ${count(stored)} events stored, ${count(deadLettered)} dead letters in the table.`,
    );
  }
  for (const { partition, next, end } of unfinished({ restored, replayed }))
    terminal.line(`Partition ${partition} is at ${next} of ${end}: run the command again to continue.`);
}

/** The spans that a signal ended early. */
export function unfinished({ restored, replayed }: Outcome): Replayed['partitions'] {
  return [restored, replayed].flatMap((each) => each?.partitions ?? []).filter(({ next, end }) => next < end);
}
