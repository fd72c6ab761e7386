import type { Terminal } from '../output/terminal.js';
import type { PartitionReport } from './report.js';
import type { Verification } from './verification.js';

const COLUMNS = [
  { title: 'partition' },
  { title: 'log', align: 'right' },
  { title: 'committed', align: 'right' },
  { title: 'checkpoint', align: 'right' },
  { title: 'stored', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'dead-lettered', align: 'right' },
  { title: 'dead letters', align: 'right' },
  { title: 'skipped', align: 'right' },
  { title: 'gaps', align: 'right' },
  { title: 'lost', align: 'right' },
  { title: 'lag', align: 'right' },
] as const;

/** Prints the result for people. */
export function print(found: Verification, terminal: Terminal): void {
  const { partitions } = found.report;
  terminal.table(COLUMNS, partitions.map(cells));
  terminal.line('');
  terminal.line(beginningText(partitions));
  for (const note of found.notes) terminal.line(`  ${note}`);
  for (const problem of found.problems) terminal.line(terminal.styled('red', `✗ ${problem}`));
  const { depth } = found;
  if (depth !== null && depth.stoppedAt !== null) {
    terminal.line(
      `${depth.compared.toLocaleString('en')} offsets of the log were compared before the command stopped.`,
    );
  } else if (found.problems.length === 0) terminal.line(terminal.styled('green', `✓ ${verdictText(found)}`));
}

export function verificationJson(topic: string, group: string, found: Verification) {
  return {
    complete: found.isComplete,
    consistent: found.problems.length === 0,
    topic,
    group,
    problems: found.report.problems,
    partitions: found.report.partitions,
    deep: found.depth,
  };
}

/** Where the ledger of each partition begins. No counter covers what lies before. */
function beginningText(partitions: readonly PartitionReport[]): string {
  const firsts = partitions.flatMap(({ partition, ledger }) => {
    const [checkpoint] = ledger?.checkpoints ?? [];
    return checkpoint === undefined ? [] : [{ partition, first: checkpoint.firstOffset }];
  });
  const offsets = new Set(firsts.map(({ first }) => first));
  const [only] = offsets;
  if (only === undefined) return 'There is no ledger yet: the group has no checkpoint.';
  if (offsets.size === 1)
    return `The ledger begins at offset ${only}${firsts.length > 1 ? ' in each partition' : ''}.`;
  return `The ledger begins at ${firsts.map(({ partition, first }) => `${first} (partition ${partition})`).join(', ')}.`;
}

function verdictText({ report, depth, isComplete }: Verification): string {
  const sum = (of: (each: PartitionReport) => number) =>
    report.partitions.reduce((total, each) => total + of(each), 0).toLocaleString('en');
  const compared =
    depth &&
    `${depth.compared.toLocaleString('en')} offsets of the log were compared: each is stored once, unchanged`;
  if (isComplete) {
    return compared === null
      ? 'complete: the counters cover the whole log, and the tables hold each counted offset once. --deep compares each record.'
      : `complete: nothing is missing. ${compared}.`;
  }
  return (
    `${compared ?? 'everything below the checkpoints is stored once'}. The log is not fully covered: ` +
    `${sum(({ before }) => before)} offsets precede the ledger, ${sum(({ waiting }) => waiting)} wait` +
    `${depth?.isResumed === true ? ', and what lies before --from was not compared' : ''}.`
  );
}

function cells({ partition, log, ledger }: PartitionReport): string[] {
  const [checkpoint] = ledger?.checkpoints ?? [];
  return [
    partition,
    log === null ? undefined : `${log.start}-${log.end}`,
    log?.committed,
    checkpoint === undefined ? undefined : `${checkpoint.firstOffset}-${checkpoint.nextOffset}`,
    checkpoint?.stored,
    ledger?.rows,
    checkpoint?.deadLettered,
    ledger?.deadLetters,
    checkpoint?.skipped,
    checkpoint?.gaps,
    checkpoint?.lost,
    log === null || checkpoint === undefined ? undefined : log.end - checkpoint.nextOffset,
  ].map((cell) => String(cell ?? '-'));
}
