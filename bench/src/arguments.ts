import { optionsOf, type CommandLine } from '#command-line';
import { ROWS, type Row } from './rows.js';

export interface BenchArguments {
  /** The backlog of each topic. */
  events: number;
  rounds: number;
  rows: readonly Row[];
  /** Settings of the service that differ from how it is shipped. */
  settings: Readonly<Record<string, string>>;
  profile: boolean;
}

export type ParsedArguments = CommandLine<BenchArguments>;

export const USAGE = `Measures the service beside what it is compared with, in one run on this machine.

Usage: npm run bench -- [options]

  --events N        the backlog of each topic (default: 1000000)
  --rounds N        how often each is run, interleaved with the others (default: 5)
  --only LIST       only these rows, comma-separated
  --set KEY=VALUE   a setting of the service, such as BATCH_MAX_EVENTS=50000; may be given more than once
  --profile         one round under V8's profiler: leaves .cpuprofile files and tells the ten hottest functions
  --help            this text

Rows:
${ROWS.map(({ name, what }) => `  ${name.padEnd(16)}  ${what}`).join('\n')}

Results are written to .local/bench/ as JSON. KAFKA_BOOTSTRAP_SERVER names a broker to use instead of an own one.
Exit codes: 0 measured; 1 something failed; 2 an option is wrong.
`;

const OPTIONS = {
  events: { type: 'string', default: '1000000' },
  rounds: { type: 'string', default: '5' },
  only: { type: 'string' },
  set: { type: 'string', multiple: true },
  profile: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; names every fault at once. */
export function parseArguments(args: string[]): ParsedArguments {
  const given = optionsOf(args, OPTIONS);
  if (typeof given === 'string') return { kind: 'invalid', faults: [given] };
  if (given.help) return { kind: 'help' };
  const faults: string[] = [];
  const parsed: BenchArguments = {
    events: count('--events', given.events, faults),
    rounds: given.profile ? 1 : count('--rounds', given.rounds, faults),
    rows: given.only === undefined ? ROWS : chosenRows(given.only, faults),
    settings: Object.fromEntries((given.set ?? []).map((text) => setting(text, faults))),
    profile: given.profile,
  };
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'run', arguments: parsed };
}

function count(option: string, text: string, faults: string[]): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    faults.push(`${option} is "${text}"; expected an integer of at least 1.`);
  }
  return value;
}

function chosenRows(list: string, faults: string[]): Row[] {
  return list.split(',').flatMap((text) => {
    const row = ROWS.find(({ name }) => name === text.trim());
    if (row !== undefined) return row;
    faults.push(`--only has no row "${text}"; there are ${ROWS.map(({ name }) => name).join(', ')}.`);
    return [];
  });
}

function setting(text: string, faults: string[]): [key: string, value: string] {
  const [, key, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  faults.push(`--set is "${text}"; expected KEY=VALUE.`);
  return ['', ''];
}
