import { integer, parse, program, type CommandLine, type Faults } from '#command-line';
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

const NOTES = `
Rows:
${ROWS.map(({ name, what }) => `  ${name.padEnd(16)}  ${what}`).join('\n')}

Results are written to .local/bench/ as JSON. KAFKA_BOOTSTRAP_SERVER names a broker to use instead of one of its own.
Exit codes: 0 measured; 1 something failed; 2 an option is wrong.`;

const newCommand = () =>
  program(
    'npm run bench --',
    'Measures the service beside what it is compared with, in one run on this machine.',
  )
    .option('--events <N>', 'the backlog of each topic', '1000000')
    .option('--rounds <N>', 'how often each is run, interleaved with the others', '5')
    .option('--only <LIST>', 'only these rows, comma-separated')
    .option('--set <KEY=VALUE...>', 'settings of the service, such as BATCH_MAX_EVENTS=50000', [])
    .option(
      '--profile',
      "one round under V8's profiler: writes .cpuprofile files, prints the ten hottest functions",
    )
    .addHelpText('after', NOTES);

interface Options {
  events: string;
  rounds: string;
  only?: string;
  set: string[];
  profile?: true;
}

/** Parses the command line; names every fault at once. */
export function parseArguments(args: string[]): CommandLine<BenchArguments> {
  return parse(newCommand(), args, (faults, command) => {
    const { events, rounds, only, set, profile = false } = command.opts<Options>();
    return {
      events: faults.read('--events', events, integer(1), 1),
      rounds: profile ? 1 : faults.read('--rounds', rounds, integer(1), 1),
      rows: only === undefined ? ROWS : chosenRows(only, faults),
      settings: Object.fromEntries(set.map((text) => setting(text, faults))),
      profile,
    };
  });
}

function chosenRows(list: string, faults: Faults): Row[] {
  return list.split(',').flatMap((text) => {
    const row = ROWS.find(({ name }) => name === text.trim());
    if (row !== undefined) return row;
    faults.add(`--only has no row "${text}"; there are ${ROWS.map(({ name }) => name).join(', ')}.`);
    return [];
  });
}

function setting(text: string, faults: Faults): [key: string, value: string] {
  const [, key, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (key !== undefined && value !== undefined) return [key, value];
  faults.add(`--set is "${text}"; expected KEY=VALUE.`);
  return ['', ''];
}
