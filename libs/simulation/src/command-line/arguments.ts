import { integer, listOf, oneOf, parse, positiveNumber, program, type CommandLine } from '#command-line';
import type { WarehouseKind } from '../scenario/plan.js';
import { KNOWN_FAULT_NAMES, KNOWN_FAULTS, OPEN_FAULT_NAMES, type KnownFaultName } from '../known-faults.js';

export interface SimulationArguments {
  firstSeed: number;
  /** The number of seeds; Infinity if the hours decide. */
  seeds: number;
  /** Ends once this much time has been simulated. */
  hours: number;
  minutes: number;
  warehouse: WarehouseKind;
  /** Whether every world recreates the topic. */
  isMadeAnew: boolean;
  isPrinted: boolean;
  isShrunk: boolean;
  /** Ends with the first broken world. */
  isFirstEnough: boolean;
  tolerated: ReadonlySet<KnownFaultName>;
  /** A file with a plan, instead of seeds. */
  planFile: string | null;
  /** Runs worlds with each of these mutants in turn (all if empty); null for the product as it is. */
  mutants: readonly string[] | null;
}

const DESCRIPTION =
  "Runs the service's own pipeline and Kafka client in simulated worlds on virtual time, and checks every promise.";
const NOTES = `
Known faults:
${KNOWN_FAULT_NAMES.map((name) => `  ${name.padEnd(20)} ${KNOWN_FAULTS[name].isMended ? '(mended) ' : ''}${KNOWN_FAULTS[name].what}`).join('\n')}

Exit codes: 0 every promise was kept; 1 one was not; 2 an option is wrong.`;

const newCommand = () =>
  program('npm run simulate --', DESCRIPTION)
    .option('--seed <S>', 'the first seed (default: a new one)')
    .option('--day', "the first seed is made of today's date")
    .option('--seeds <N>', 'how many worlds, one for each seed from the first on (default: 1)')
    .option('--hours <H>', 'as many worlds as it takes to simulate so many hours')
    .option('--minutes <M>', 'how long faults strike in each world', '5')
    .option(
      '--warehouse <KIND>',
      'model; snowflake or streaming: an adapter, on the endpoint of the tests',
      'model',
    )
    .option('--made-anew', 'delete the topic and make it anew in every world')
    .option('--print', 'tell the story of each world')
    .option('--no-shrink', 'do not look for the fewest faults that still break a world')
    .option('--first', 'end with the first world that breaks')
    .option('--plan <FILE>', 'a world that an earlier run left in a file')
    .option(
      '--tolerate <NAMES>',
      'work round known faults, comma-separated; open: those that are not mended; all',
      '',
    )
    .option(
      '--mutants',
      'take out one rule of the product after another, and look for a world that notices it',
    )
    .option('--only <NAMES>', 'the mutants of these names, comma-separated', '')
    .addHelpText('after', NOTES);

interface Options {
  seed?: string;
  day?: true;
  seeds?: string;
  hours?: string;
  minutes: string;
  warehouse: string;
  madeAnew?: true;
  print?: true;
  shrink: boolean;
  first?: true;
  plan?: string;
  tolerate: string;
  mutants?: true;
  only: string;
}

const WAREHOUSES: readonly WarehouseKind[] = ['model', 'snowflake', 'streaming'];
const LARGEST_SEED = 2 ** 32 - 1;
/** The number of seeds reserved for one day. */
const SEEDS_A_DAY = 100;

/** Parses the command line; names every fault at once. @param newSeed is taken where none is given */
export function parseArguments(
  args: string[],
  newSeed: number,
  today: Date,
): CommandLine<SimulationArguments> {
  return parse(newCommand(), args, (faults, command) => {
    const given = command.opts<Options>();
    if (given.day === true && given.seed !== undefined) faults.add('--day and --seed exclude each other.');
    const names = listOf(given.tolerate);
    const tolerated = names.flatMap((name) => toleratedBy(name) ?? []);
    const unknown = names.filter((name) => toleratedBy(name) === null);
    if (unknown.length > 0) faults.add(`--tolerate names no known fault: ${unknown.join(', ')}.`);
    const endless = given.hours === undefined ? 1 : Infinity;
    return {
      firstSeed: faults.read(
        '--seed',
        given.seed,
        integer(0, LARGEST_SEED),
        given.day === true ? seedOf(today) : newSeed,
      ),
      seeds: faults.read('--seeds', given.seeds, integer(1, 1_000_000), endless),
      hours: faults.read('--hours', given.hours, positiveNumber('a number', 100_000), Infinity),
      minutes: faults.read('--minutes', given.minutes, positiveNumber('a number', 10_000), 1),
      warehouse: faults.read('--warehouse', given.warehouse, oneOf(WAREHOUSES), 'model'),
      isMadeAnew: given.madeAnew === true,
      isPrinted: given.print === true,
      isShrunk: given.shrink,
      isFirstEnough: given.first === true,
      tolerated: new Set(tolerated),
      planFile: given.plan ?? null,
      mutants: given.mutants === true ? listOf(given.only) : null,
    };
  });
}

/** The day's first seed, the same for everybody, such as 2026112800. */
export function seedOf(day: Date): number {
  return Number(day.toISOString().slice(0, 10).replaceAll('-', '')) * SEEDS_A_DAY;
}

function toleratedBy(name: string): readonly KnownFaultName[] | null {
  if (name === 'all') return KNOWN_FAULT_NAMES;
  if (name === 'open') return OPEN_FAULT_NAMES;
  const known = KNOWN_FAULT_NAMES.find((each) => each === name);
  return known === undefined ? null : [known];
}
