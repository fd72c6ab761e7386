import { optionsOf, type CommandLine } from '#command-line';
import type { WarehouseKind } from '../scenario/plan.js';
import { KNOWN_FAULT_NAMES, KNOWN_FAULTS, OPEN_FAULT_NAMES, type KnownFaultName } from '../known-faults.js';

export interface SimulationArguments {
  firstSeed: number;
  /** How many seeds; Infinity where the hours decide. */
  seeds: number;
  /** Ends once so much time was simulated. */
  hours: number;
  minutes: number;
  warehouse: WarehouseKind;
  /** The topic is made anew in every world. */
  isMadeAnew: boolean;
  isPrinted: boolean;
  isShrunk: boolean;
  /** Ends with the first world that breaks. */
  isFirstEnough: boolean;
  tolerated: ReadonlySet<KnownFaultName>;
  /** A plan in a file instead of seeds. */
  planFile: string | null;
  /** Worlds are run on the product with one rule less, each of these in turn; null for the product as it is. */
  mutants: readonly string[] | null;
}

export type ParsedArguments = CommandLine<SimulationArguments>;

export const USAGE = `Runs the service's own pipeline and Kafka client in simulated worlds on virtual time, and checks every promise.

Usage: npm run simulate -- [options]

  --seed S           the first seed (default: a new one)
  --day              the first seed is made of today's date
  --seeds N          how many worlds, one for each seed from the first on (default: 1)
  --hours H          as many worlds as it takes to simulate so many hours
  --minutes M        how long faults strike in each world (default: 5)
  --warehouse KIND   model, or snowflake: the adapter, on the endpoint of the tests (default: model)
  --made-anew        delete the topic and make it anew in every world
  --print            tell the story of each world
  --no-shrink        do not look for the fewest faults that still break a world
  --first            end with the first world that breaks
  --plan FILE        a world that an earlier run left in a file
  --tolerate NAMES   work round known faults, with commas between; open: those that are not mended; all
  --mutants          take out one rule of the product after another, and look for a world that notices it
  --only NAMES       the mutants of these names, with commas between
  --help             this text

Known faults:
${KNOWN_FAULT_NAMES.map((name) => `  ${name.padEnd(20)} ${KNOWN_FAULTS[name].isMended ? '(mended) ' : ''}${KNOWN_FAULTS[name].what}`).join('\n')}

Exit codes: 0 every promise was kept; 1 one was not; 2 an option is wrong.
`;

const OPTIONS = {
  seed: { type: 'string' },
  day: { type: 'boolean', default: false },
  seeds: { type: 'string' },
  hours: { type: 'string' },
  minutes: { type: 'string', default: '5' },
  warehouse: { type: 'string', default: 'model' },
  'made-anew': { type: 'boolean', default: false },
  print: { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  first: { type: 'boolean', default: false },
  plan: { type: 'string' },
  mutants: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  tolerate: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;

const LARGEST_SEED = 2 ** 32 - 1;
/** Room for so many seeds of one day. */
const SEEDS_A_DAY = 100;

/** Reads the command line; names every fault at once. @param newSeed is taken where none is given */
export function parseArguments(args: string[], newSeed: number, today: Date): ParsedArguments {
  const given = optionsOf(args, OPTIONS);
  if (typeof given === 'string') return { kind: 'invalid', faults: [given] };
  if (given.help) return { kind: 'help' };
  const faults: string[] = [];
  const number = (option: string, text: string, least: number, most: number, isWhole = true) => {
    const value = Number(text);
    const isRight =
      text.trim() !== '' && value >= least && value <= most && (!isWhole || Number.isInteger(value));
    if (!isRight)
      faults.push(
        `--${option} is "${text}"; expected ${isWhole ? 'an integer' : 'a number'} of ${least} to ${most}.`,
      );
    return value;
  };
  if (given.day && given.seed !== undefined) faults.push('--day and --seed exclude each other.');
  if (given.warehouse !== 'snowflake' && given.warehouse !== 'model') {
    faults.push(`--warehouse is "${given.warehouse}"; expected model or snowflake.`);
  }
  const names = listOf(given.tolerate);
  const tolerated = names.flatMap((name) => toleratedBy(name) ?? []);
  const unknown = names.filter((name) => toleratedBy(name) === null);
  if (unknown.length > 0) faults.push(`--tolerate names no known fault: ${unknown.join(', ')}.`);
  const defaultSeed = given.day ? seedOf(today) : newSeed;
  const parsed: SimulationArguments = {
    firstSeed: given.seed === undefined ? defaultSeed : number('seed', given.seed, 0, LARGEST_SEED),
    seeds:
      given.seeds === undefined
        ? given.hours === undefined
          ? 1
          : Infinity
        : number('seeds', given.seeds, 1, 1_000_000),
    hours: given.hours === undefined ? Infinity : number('hours', given.hours, 0.01, 100_000, false),
    minutes: number('minutes', given.minutes, 0.1, 10_000, false),
    warehouse: given.warehouse === 'snowflake' ? 'snowflake' : 'model',
    isMadeAnew: given['made-anew'],
    isPrinted: given.print,
    isShrunk: !given['no-shrink'],
    isFirstEnough: given.first,
    tolerated: new Set(tolerated),
    planFile: given.plan ?? null,
    mutants: given.mutants ? listOf(given.only) : null,
  };
  return faults.length > 0 ? { kind: 'invalid', faults } : { kind: 'run', arguments: parsed };
}

/** The same for everybody on one day: 2026112800 and on. */
export function seedOf(day: Date): number {
  return Number(day.toISOString().slice(0, 10).replaceAll('-', '')) * SEEDS_A_DAY;
}

function listOf(names: string): string[] {
  return names.split(',').filter((name) => name !== '');
}

function toleratedBy(name: string): readonly KnownFaultName[] | null {
  if (name === 'all') return KNOWN_FAULT_NAMES;
  if (name === 'open') return OPEN_FAULT_NAMES;
  const known = KNOWN_FAULT_NAMES.find((each) => each === name);
  return known === undefined ? null : [known];
}
