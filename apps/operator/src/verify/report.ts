import { coordinatesText, timeText } from '#pipeline';
import type { Named, OffsetRange, PartitionLedger, TopicLedger } from '#warehouse';
import { waitingText, type PartitionLog } from '../topic-log.js';

/** A partition's checkpoint, table entries and log side by side. */
export interface PartitionReport {
  partition: number;
  log: PartitionLog | null;
  ledger: PartitionLedger | null;
  /** One sentence each. Empty if everything below the checkpoint is there exactly once. */
  problems: string[];
  /** What is not a fault, but matters before anything is called complete. */
  notes: string[];
  /** Offsets of the log from the checkpoint on. */
  waiting: number;
  /** Offsets of the log before the ledger begins. */
  before: number;
}

/** All partitions, and problems that belong to none. */
export interface Report {
  partitions: PartitionReport[];
  problems: string[];
}

/** Compares both sides. Records between the checkpoint and the end of the log are still to be read, not a problem. */
export function report(topic: string, logs: readonly PartitionLog[], ledger: TopicLedger): Report {
  const byPartition = new Map(ledger.partitions.map((each) => [each.partition, each]));
  const partitions = new Set([...logs.map(({ partition }) => partition), ...byPartition.keys()]);
  return {
    partitions: [...partitions]
      .sort((one, other) => one - other)
      .map((partition) =>
        partitionReport(
          topic,
          partition,
          logs.find((each) => each.partition === partition) ?? null,
          byPartition.get(partition) ?? null,
        ),
      ),
    problems: [...unplacedProblems(ledger), ...unstoredProblems(ledger)],
  };
}

/** Whether there are no problems below the checkpoints. */
export function isConsistent({ partitions, problems }: Report): boolean {
  return problems.length === 0 && partitions.every((each) => each.problems.length === 0);
}

/** Whether the report is consistent and also covers the whole log. */
export function isComplete(report: Report): boolean {
  return isConsistent(report) && report.partitions.every(({ waiting, before }) => waiting + before === 0);
}

function partitionReport(
  topic: string,
  partition: number,
  log: PartitionLog | null,
  ledger: PartitionLedger | null,
): PartitionReport {
  const place = (offsets: string) => `${topic}-${partition}@${offsets}`;
  const checkpoint = ledger?.checkpoints[0];
  const next = checkpoint?.nextOffset ?? log?.start ?? 0;
  const first = checkpoint?.firstOffset ?? next;
  const waiting = Math.max(0, (log?.end ?? 0) - Math.max(next, log?.start ?? 0));
  const before = Math.max(0, Math.min(first, log?.end ?? 0) - (log?.start ?? 0));
  return {
    partition,
    log,
    ledger,
    problems: [...(ledger === null ? [] : ledgerProblems(ledger, place)), ...logFaults(log, ledger)],
    notes: notes(log, ledger, { waiting, before, next, first }, place),
    waiting,
    before,
  };
}

function logFaults(log: PartitionLog | null, ledger: PartitionLedger | null): string[] {
  const checkpoint = ledger?.checkpoints[0];
  if (checkpoint !== undefined) return logProblems(log, checkpoint.nextOffset);
  return (log?.committed ?? 0) > (log?.start ?? 0)
    ? [`offsets up to ${log?.committed ?? 0} are committed, but there is no checkpoint`]
    : [];
}

function notes(
  log: PartitionLog | null,
  ledger: PartitionLedger | null,
  { waiting, before, next, first }: { waiting: number; before: number; next: number; first: number },
  place: (offsets: string) => string,
): string[] {
  const found: string[] = [];
  const held = waitingText(log);
  if (held !== null) found.push(held);
  const old = ledger?.before ?? { rows: 0, deadLetters: 0 };
  if (before > 0) {
    const range = rangeText({ first: log?.start ?? 0, last: (log?.start ?? 0) + before - 1 });
    found.push(
      `the ledger begins at ${first}; before it the log holds ${place(range)}, which no counter covers`,
    );
  }
  if (old.rows + old.deadLetters > 0) {
    found.push(
      `below ${first} there are ${old.rows} rows and ${old.deadLetters} dead letters that no counter covers`,
    );
  }
  const passed = ledger?.unreadable ?? null;
  if (passed !== null) {
    found.push(
      `${place(rangeText(passed))} could not be read; an operator passed over ${passed.count} of these offsets, whose dead letters have no content`,
    );
  }
  const gone = Math.min(log?.start ?? 0, next);
  if (gone > first) {
    found.push(
      `the log no longer holds ${place(rangeText({ first, last: gone - 1 }))}: only the tables record them`,
    );
  }
  if (waiting > 0) {
    const range = rangeText({ first: (log?.end ?? 0) - waiting, last: (log?.end ?? 0) - 1 });
    found.push(`${place(range)} ${waiting === 1 ? 'waits' : 'wait'} to be read`);
  }
  return found;
}

function ledgerProblems(
  { checkpoints, rows, deadLetters, doubled, both, missing, beyond }: PartitionLedger,
  place: (offsets: string) => string,
): string[] {
  const [checkpoint] = checkpoints;
  if (checkpoint === undefined) {
    return [`rows or dead letters are at ${listed(beyond, place)}, but no group has a checkpoint there`];
  }
  const { firstOffset, nextOffset, stored, deadLettered, skipped, gaps, lost } = checkpoint;
  const found: string[] = [];
  if (checkpoints.length > 1) found.push(`there are ${checkpoints.length} checkpoints instead of one`);
  const sum = stored + deadLettered + skipped + gaps + lost;
  if (sum !== nextOffset - firstOffset) {
    found.push(
      `the counters of the checkpoint add up to ${sum}, not to its ${nextOffset - firstOffset} offsets`,
    );
  }
  if (lost > 0) {
    found.push(
      `${lost} offsets below ${nextOffset} were lost: retention deleted them before they were read, or an operator passed over them (LOST)`,
    );
  }
  if (rows !== stored) found.push(`${rows} rows in RAW_EVENTS_STREAM, ${stored} according to the checkpoint`);
  if (deadLetters !== deadLettered) {
    found.push(
      `${deadLetters} dead letters in SALES_EVENTS_DLQ, ${deadLettered} according to the checkpoint`,
    );
  }
  if (doubled.count > 0) {
    found.push(`${doubled.count} offsets are there more than once: ${listed(doubled, place)}`);
  }
  if (both.count > 0) {
    found.push(`${both.count} offsets are both stored and dead-lettered: ${listed(both, place)}`);
  }
  if (missing.length > 0) {
    found.push(`offsets are missing among ${missing.map((range) => place(rangeText(range))).join(', ')}`);
  }
  if (beyond.count > 0) {
    found.push(
      `${beyond.count} offsets with rows or dead letters lie beyond every checkpoint: ${listed(beyond, place)}`,
    );
  }
  return found;
}

function unplacedProblems({ unplaced }: TopicLedger): string[] {
  return unplaced.map(
    ({ table, count, firstAtMs }) =>
      `${count} ${count === 1 ? 'row' : 'rows'} of ${table} without topic, partition and offset in EVENT_METADATA` +
      (firstAtMs === null ? '' : `, the first inserted at ${timeText(firstAtMs)}`),
  );
}

function unstoredProblems({ unstored }: TopicLedger): string[] {
  return unstored.map(
    ({ letter, storedAs }) =>
      `the dead letter ${coordinatesText(letter)} is marked as stored at ${coordinatesText(storedAs)}, but there is no row`,
  );
}

/** Contradictions between a checkpoint and Kafka. */
export function logProblems(log: PartitionLog | null, nextOffset: number): string[] {
  if (log === null) return ['Kafka has no such partition'];
  const found: string[] = [];
  if (nextOffset > log.end) {
    found.push(
      `the checkpoint ${nextOffset} is beyond the end of the log, ${log.end}: the topic was recreated or truncated`,
    );
  }
  if (log.committed !== null && log.committed > nextOffset) {
    found.push(`the committed offset ${log.committed} is ahead of the checkpoint ${nextOffset}`);
  }
  if (log.start > nextOffset) {
    found.push(
      `Kafka has deleted offsets ${rangeText({ first: nextOffset, last: log.start - 1 })} before they were read`,
    );
  }
  return found;
}

function listed({ count, offsets }: Named, place: (offsets: string) => string): string {
  return offsets.map((offset) => place(String(offset))).join(', ') + (count > offsets.length ? ', ...' : '');
}

function rangeText({ first, last }: OffsetRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
