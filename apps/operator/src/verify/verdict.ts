import type { OffsetRange, PartitionLedger } from '#warehouse';
import type { PartitionLog } from '../topic-log.js';

/** A partition as its checkpoint, the tables and Kafka have it. */
export interface PartitionReport {
  partition: number;
  log: PartitionLog | null;
  ledger: PartitionLedger | null;
  /** A sentence each; none means that everything up to the checkpoint is there once. */
  problems: string[];
}

/** Puts both sides together. What lies between the checkpoint and the log's end is not done yet, and no problem. */
export function reports(
  logs: readonly PartitionLog[],
  ledgers: readonly PartitionLedger[],
): PartitionReport[] {
  const byPartition = new Map(ledgers.map((ledger) => [ledger.checkpoints[0]?.partition ?? -1, ledger]));
  const partitions = new Set([...logs.map(({ partition }) => partition), ...byPartition.keys()]);
  return [...partitions]
    .sort((one, other) => one - other)
    .map((partition) => {
      const log = logs.find((each) => each.partition === partition) ?? null;
      const ledger = byPartition.get(partition) ?? null;
      return { partition, log, ledger, problems: problems(log, ledger) };
    });
}

function problems(log: PartitionLog | null, ledger: PartitionLedger | null): string[] {
  if (ledger === null) {
    return (log?.committed ?? 0) > (log?.start ?? 0)
      ? [`offsets up to ${log?.committed ?? 0} are committed, but there is no checkpoint`]
      : [];
  }
  return [...ledgerProblems(ledger), ...logProblems(log, ledger.checkpoints[0]?.nextOffset ?? 0)];
}

function ledgerProblems({
  checkpoints,
  rows,
  deadLetters,
  doubled,
  doubledOffsets,
  missing,
}: PartitionLedger): string[] {
  const [checkpoint] = checkpoints;
  if (checkpoint === undefined) return [];
  const { firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost } = checkpoint;
  const found: string[] = [];
  if (checkpoints.length > 1) found.push(`there are ${checkpoints.length} checkpoints instead of one`);
  const sum = stored + deadLettered + skipped + gaps + lost;
  if (sum !== nextOffset - firstOffset) {
    found.push(
      `the counters of the checkpoint add up to ${sum}, not to its ${nextOffset - firstOffset} offsets`,
    );
  }
  if (rows !== stored) found.push(`${rows} rows in RAW_EVENTS_STREAM, ${stored} by the checkpoint`);
  if (deadLetters !== deadLettered) {
    found.push(`${deadLetters} dead letters in SALES_EVENTS_DLQ, ${deadLettered} by the checkpoint`);
  }
  if (doubled > 0) {
    found.push(`${doubled} offsets are there more than once: ${listed(doubledOffsets, doubled)}`);
  }
  if (missing.length > 0) found.push(`missing are offsets among ${missing.map(rangeText).join(', ')}`);
  return found;
}

/** Why a checkpoint does not fit what Kafka says. */
export function logProblems(log: PartitionLog | null, nextOffset: number): string[] {
  if (log === null) return ['Kafka has no such partition'];
  const found: string[] = [];
  if (nextOffset > log.end) {
    found.push(
      `the checkpoint ${nextOffset} is beyond the end of the log, ${log.end}: the topic lost its past`,
    );
  }
  if (log.committed !== null && log.committed > nextOffset) {
    found.push(`the committed offset ${log.committed} is ahead of the checkpoint ${nextOffset}`);
  }
  if (log.start > nextOffset) {
    found.push(`Kafka has deleted offsets ${rangeText({ first: nextOffset, last: log.start - 1 })} unread`);
  }
  return found;
}

function listed(offsets: readonly number[], of: number): string {
  return offsets.join(', ') + (of > offsets.length ? ', ...' : '');
}

function rangeText({ first, last }: OffsetRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
