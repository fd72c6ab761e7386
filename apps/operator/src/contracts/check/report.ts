import type { Terminal } from '../../output/terminal.js';
import { CHANGES, type Change, type FieldChange } from './change.js';
import type { ChangeGroup, ChangeGroups } from './change-groups.js';
import type { Checked } from './check-records.js';

/** What was compared, for the report. */
export interface Subject {
  topic: string;
  from: string;
  sinceMs: number;
  before: string;
  after: string;
  unknownEventTypes: { before: string; after: string };
}

const TITLES: Record<Change, string> = {
  newlyDead: 'newly dead',
  rescued: 'rescued',
  drifted: 'drifted',
};

/** More groups than this are only in the JSON. */
const MOST_ROWS = 20;

export function reportJson(subject: Subject, checked: Checked, notes: readonly string[]) {
  const { records, unchanged, changes, offsets, done, fault } = checked;
  return {
    ...subject,
    sinceMs: undefined,
    since: new Date(subject.sinceMs).toISOString(),
    isComplete: done === offsets,
    records,
    unchanged,
    ...Object.fromEntries(CHANGES.map((change) => [change, groupsJson(changes[change])])),
    notes,
    fault,
  };
}

function groupsJson(groups: ChangeGroups) {
  return {
    count: groups.count,
    groups: groups.list().map(({ eventType, producer, change, count, examples }) => ({
      ...{ eventType, producer, ...change, count, examples },
    })),
    ungrouped: groups.ungrouped,
  };
}

export function reportLines(subject: Subject, checked: Checked, terminal: Terminal): string[] {
  const { records, unchanged, changes } = checked;
  const { topic, from, sinceMs, before, after } = subject;
  const same = [
    `${number(unchanged.stored)} stored`,
    `${number(unchanged.dead)} dead letters`,
    `${number(unchanged.skipped)} skipped`,
  ].join(', ');
  const counts: [string, number, string][] = [
    ...CHANGES.map((change): [string, number, string] => [TITLES[change], changes[change].count, '']),
    ['unchanged', unchanged.stored + unchanged.dead + unchanged.skipped, `  ${same}`],
  ];
  const width = Math.max(...counts.map(([, count]) => number(count).length));
  return [
    `${number(records)} records of ${topic} from the ${from}, since ${timeOf(sinceMs)}`,
    `${after}, compared with ${before}${policies(subject)}`,
    '',
    ...counts.map(([title, count, more]) => {
      const line = `${title.padEnd(12)}${number(count).padStart(width)}`;
      return `${title === TITLES.newlyDead && count > 0 ? terminal.styled('red', line) : line}${more}`;
    }),
    ...CHANGES.flatMap((change) => groupLines(TITLES[change], changes[change], terminal)),
  ];
}

function groupLines(title: string, groups: ChangeGroups, terminal: Terminal): string[] {
  if (groups.count === 0) return [];
  const list = groups.list();
  const rows = list.slice(0, MOST_ROWS).map(cellsOf);
  const columns = [
    { title: 'COUNT', align: 'right' as const },
    ...['EVENT TYPE', 'FIELD', 'WHY', 'PRODUCER', 'EXAMPLES'].map((name) => ({ title: name })),
  ];
  const more = list.length - rows.length;
  return [
    '',
    terminal.styled('bold', title.toUpperCase()),
    ...terminal.tableLines(columns, rows),
    ...(more > 0 ? [`${number(more)} more groups: --json lists them.`] : []),
    ...(groups.ungrouped > 0 ? [`${number(groups.ungrouped)} more, in too many groups to list.`] : []),
  ];
}

function cellsOf({ eventType, producer, change, count, examples }: ChangeGroup): string[] {
  return [
    number(count),
    eventType ?? '-',
    change.field,
    why(change),
    producer ?? '-',
    examples.join(' ') + (count > examples.length && examples.length > 0 ? ' ...' : ''),
  ];
}

function why(change: FieldChange): string {
  return 'drift' in change ? change.drift : `${change.found}; expected ${change.expected}`;
}

function policies({ unknownEventTypes: { before, after } }: Subject): string {
  const setting = `UNKNOWN_EVENT_TYPES=${after}`;
  return before === after ? ` (${setting})` : ` (${setting} instead of ${before})`;
}

function timeOf(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z/, 'Z');
}

function number(count: number): string {
  return count.toLocaleString('en');
}
