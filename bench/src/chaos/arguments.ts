import { integer, oneOf, parse, positiveNumber, program, type CommandLine } from '#command-line';
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

const DESCRIPTION =
  'Runs the built service while everything around it fails, and checks that each message ended exactly once.';
const NOTES = `
The logs of the ingesters are left in .local/chaos/.
Exit codes: 0 every promise was kept; 1 one was not, or the run broke; 2 an option is wrong.`;

const newCommand = () =>
  program('npm run chaos --', DESCRIPTION)
    .option('--minutes <N>', 'how long faults strike', '5')
    .option('--seed <S>', 'the seed of an earlier run, for the same faults again (default: a new one)')
    .option(
      '--warehouse <ENGINE>',
      'snowflake (the endpoint, by SQL), streaming (the endpoint, by Snowpipe Streaming) or duckdb',
      'snowflake',
    )
    .option('--brokers <N>', '1, or 3 for a cluster that loses leaders', '1')
    .option('--ingesters <N>', 'processes of the service (default: 3; DuckDB takes one)')
    .option('--partitions <P>', 'of the topic', '6')
    .option('--rate <R>', 'messages a second', '200')
    .option('--plan', 'print what the seed would do, and end')
    .addHelpText('after', NOTES);

interface Options {
  minutes: string;
  seed?: string;
  warehouse: string;
  brokers: string;
  ingesters?: string;
  partitions: string;
  rate: string;
  plan?: true;
}

const LARGEST_SEED = 2 ** 32 - 1;
const MOST_MINUTES = 10_000;

/** Parses the command line; names every fault at once. @param newSeed is taken where none is given */
export function parseArguments(args: string[], newSeed: number): CommandLine<ChaosArguments> {
  return parse(newCommand(), args, (faults, command) => {
    const given = command.opts<Options>();
    const engine = faults.read('--warehouse', given.warehouse, oneOf(ENGINES), 'snowflake');
    const ingesters = faults.read(
      '--ingesters',
      given.ingesters,
      integer(1, 20),
      engine === 'duckdb' ? 1 : 3,
    );
    if (engine === 'duckdb' && ingesters > 1) {
      faults.add('--ingesters must be 1 with --warehouse duckdb: DuckDB lets one process in.');
    }
    return {
      minutes: faults.read('--minutes', given.minutes, positiveNumber('a number', MOST_MINUTES), 1),
      seed: faults.read('--seed', given.seed, integer(0, LARGEST_SEED), newSeed),
      engine,
      brokers: faults.read('--brokers', given.brokers, oneOf(BROKERS), 1),
      ingesters,
      partitions: faults.read('--partitions', given.partitions, integer(1, 100), 1),
      rate: faults.read('--rate', given.rate, integer(1, 10_000), 1),
      isPlanOnly: given.plan === true,
    };
  });
}
