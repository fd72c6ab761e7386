import { integer, orMax, parse, positiveNumber, program, type CommandLine } from '#command-line';

export interface LocalArguments {
  /** Produce and store this many events as fast as possible, and exit; null to run until stopped. */
  events: number | null;
  /** Events a second that the producer makes. */
  rate: number | 'max';
  /** Holds data/ and logs/. */
  folder: string;
}

const DEFAULT_RATE = 200;

const DESCRIPTION =
  'Runs everything on this machine: a Kafka broker, a producer of sales events, the ingester on DuckDB and the archiver.';
const NOTES = `
Ctrl-C stops the producer, stores what is left and closes the ledger. A second Ctrl-C exits at once.

  KAFKA_BOOTSTRAP_SERVER   host:port of a broker to use instead of starting one (which needs Java 17 and Maven)
  METRICS_PORT             the port to try first for metrics and health (default: 8000)
  BATCH_..., ADMIN_...     are passed to the ingester

Exit codes: 0 the ledger adds up; 1 it does not, or something failed; 2 invalid option; 130 stopped early.`;

const newCommand = () =>
  program('npm start --', DESCRIPTION)
    .option('--events <N>', 'produce N events as fast as possible, store them, close the ledger and exit')
    .option(
      '--rate <R>',
      `events a second (default: ${DEFAULT_RATE}), or max; with --events the default is max`,
    )
    .option(
      '--folder <DIR>',
      'where data and logs are kept; a second run continues where the first ended',
      '.local',
    )
    .addHelpText('after', NOTES);

interface Options {
  events?: string;
  rate?: string;
  folder: string;
}

const RATE = orMax(positiveNumber('events a second, a number'));

/** Parses the command line; names every fault at once. */
export function parseArguments(args: string[]): CommandLine<LocalArguments> {
  return parse(newCommand(), args, (faults, command) => {
    const given = command.opts<Options>();
    const events = faults.read<number | null>('--events', given.events, integer(1), null);
    const rate = faults.read('--rate', given.rate, RATE, given.events === undefined ? DEFAULT_RATE : 'max');
    return { events, rate, folder: given.folder };
  });
}
