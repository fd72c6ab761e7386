import { count } from '#terminal';
import type { Terminal } from '../../output/terminal.js';
import type { TableComparison } from './compare-tables.js';
import type { LakeFindings } from './verify-lake.js';

const number = (value: number | null) => (value === null ? '' : count(value));
const right = (titles: readonly string[]) => titles.map((title) => ({ title, align: 'right' as const }));

/** Prints what the objects cover. */
export function printLake(terminal: Terminal, topic: string, { partitions, problems }: LakeFindings): void {
  const rows = partitions.map(({ partition, objects, bytes, records, from, next, lost, behind }) => [
    String(partition),
    number(objects),
    number(Math.round(bytes / 1024)),
    number(records),
    String(from),
    String(next),
    number(lost),
    number(behind),
  ]);
  const titles = ['partition', 'objects', 'KiB', 'records', 'from', 'next', 'lost', 'behind'];
  terminal.table(right(titles), rows);
  for (const problem of problems) terminal.line(terminal.styled('red', problem));
  const records = partitions.reduce((sum, each) => sum + each.records, 0);
  terminal.line(
    problems.length > 0
      ? `The lake of ${topic} is not complete: see above.`
      : `The lake of ${topic} is complete: ${number(records)} records, every offset in one object.`,
  );
}

/** Prints how the tables differ from the lake. */
export function printComparison(
  terminal: Terminal,
  topic: string,
  { partitions, isStopped }: TableComparison,
): void {
  const rows = partitions.map(({ partition, compared, tablesFrom, checkpoint }) => [
    String(partition),
    number(compared),
    tablesFrom === null ? 'none' : String(tablesFrom),
    checkpoint === null ? 'none' : String(checkpoint),
  ]);
  terminal.line('');
  terminal.table(right(['partition', 'compared', 'first row', 'checkpoint']), rows);
  const notes = partitions.flatMap((each) => each.notes);
  const problems = partitions.flatMap((each) => each.problems);
  for (const note of notes) terminal.line(`  ${note}`);
  for (const problem of problems) terminal.line(terminal.styled('red', problem));
  if (isStopped) return;
  const compared = number(partitions.reduce((sum, each) => sum + each.compared, 0));
  terminal.line(verdict(`${compared} offsets of ${topic}`, problems, notes));
}

export function comparisonJson({ partitions, isStopped }: TableComparison) {
  return {
    complete: !isStopped && partitions.every(({ problems, notes }) => problems.length + notes.length === 0),
    partitions: partitions.map(({ findings, ...rest }) => ({
      ...rest,
      findings: findings.flatMap((each) => each.list()),
    })),
  };
}

function verdict(compared: string, problems: readonly string[], notes: readonly string[]): string {
  if (problems.length > 0) return `The tables differ from the lake (${compared} compared): see above.`;
  return notes.length > 0
    ? `The tables agree with the lake (${compared} compared), except for what is noted above.`
    : `The tables hold everything that the lake holds, and nothing else: ${compared} compared.`;
}
