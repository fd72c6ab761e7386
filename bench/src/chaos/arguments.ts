import { optionsOf, type CommandLine } from '#command-line';
import { BROKERS, ENGINES, type Brokers, type Engine } from './plan.js';

export interface ChaosArguments {
  minutes: number;
  seed: number;
  engine: Engine;
  brokers: Brokers;
  ingesters: number;
  partitions: number;
  rate: number;
  /** Only print the plan. */
  isPlanOnly: boolean;
}

export type ParsedArguments = CommandLine<ChaosArguments>;

export const USAGE = `Runs the built service while everything around it fails, and checks that each message ended exactly once.

Usage: npm run chaos -- [options]

  --minutes N          how long faults strike (default: 5)
  --seed S             the seed of an earlier run, for the same faults again (default: a new one)
  --warehouse ENGINE   snowflake (the protocol endpoint) or duckdb (default: snowflake)
  --brokers N          1, or 3 for a cluster that loses leaders (default: 1)
  --ingesters N        processes of the service (default: 3; DuckDB takes one)
  --partitions P       of the topic (default: 6)
  --rate R             messages a second (default: 200)
  --plan               print what the seed would do, and end
  --help               this text

The logs of the ingesters are left in .local/chaos/.
Exit codes: 0 every promise was kept; 1 one was not, or the run broke; 2 an option is wrong.
`;

const OPTIONS = {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string' },
  warehouse: { type: 'string', default: 'snowflake' },
  brokers: { type: 'string', default: '1' },
  ingesters: { type: 'string' },
  partitions: { type: 'string', default: '6' },
  rate: { type: 'string', default: '200' },
  plan: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const LARGEST_SEED = 2 ** 32 - 1;

/** Reads the command line; names every fault at once. @param newSeed is taken where none is given */
export function parseArguments(args: string[], newSeed: number): ParsedArguments {
  const given = optionsOf(args, OPTIONS);
  if (typeof given === 'string') return { kind: 'invalid', faults: [given] };
  if (given.help) return { kind: 'help' };
  const faults: string[] = [];
  const count = (option: string, text: string, least: number, most: number) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
    faults.push(`--${option} is "${text}"; expected an integer of ${least} to ${most}.`);
    return least;
  };
  const engine = ENGINES.find((each) => each === given.warehouse);
  if (engine === undefined) {
    faults.push(`--warehouse is "${given.warehouse}"; expected ${ENGINES.join(' or ')}.`);
  }
  const brokers = BROKERS.find((each) => String(each) === given.brokers);
  if (brokers === undefined) {
    faults.push(`--brokers is "${given.brokers}"; expected ${BROKERS.join(' or ')}.`);
  }
  const parsed: ChaosArguments = {
    minutes: minutesOf(given.minutes, faults),
    seed: given.seed === undefined ? newSeed : count('seed', given.seed, 0, LARGEST_SEED),
    engine: engine ?? 'snowflake',
    brokers: brokers ?? 1,
    ingesters: count('ingesters', given.ingesters ?? (engine === 'duckdb' ? '1' : '3'), 1, 20),
    partitions: count('partitions', given.partitions, 1, 100),
    rate: count('rate', given.rate, 1, 10_000),
    isPlanOnly: given.plan,
  };
  if (engine === 'duckdb' && parsed.ingesters > 1) {
    faults.push('--ingesters must be 1 with --warehouse duckdb: DuckDB lets one process in.');
  }
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'run', arguments: parsed };
}

/** Parts of a minute may be given. */
function minutesOf(text: string, faults: string[]): number {
  const value = Number(text);
  if (value > 0 && value <= 10_000) return value;
  faults.push(`--minutes is "${text}"; expected a number above 0.`);
  return 1;
}
